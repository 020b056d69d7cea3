/** @file Prints by how many bytes this process grows at most for a problem, compiling included. */

import { openDevice } from '../../src/autodiff/index.ts';
import { neutralProblems } from './index.ts';
import { gradientOf } from './run.ts';

const problem = neutralProblems.find(({ name }) => name === process.argv[2]);
if (!problem) throw new Error(`there is no problem ${process.argv[2]}`);
const device = await openDevice('simd', { threads: 1 });
const peak = () => process.resourceUsage().maxRSS * 1024;
problem.problem();
const before = peak();
for (let run = 0; run < 3; run++) await gradientOf(problem, device);
console.log(peak() - before);
