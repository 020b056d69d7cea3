/** @file Prints by how many bytes this process grows at most for a problem, compiling included. */

import { openDevice } from '../../src/autodiff/index.ts';
import { neutralProblem } from '../../src/eval/problems/registry.ts';
import { benchSteps, gradientOf } from './run.ts';

const neutral = neutralProblem(process.argv[2]);
const problem = neutral.open({ seed: 1, steps: benchSteps(neutral) });
const device = await openDevice('simd', { threads: 1 });
const peak = () => process.resourceUsage().maxRSS * 1024;
problem.make();
const before = peak();
for (let run = 0; run < 3; run++) await gradientOf(problem, device);
console.log(peak() - before);
