/** @file The evals that the tool answers. */

import type { EvalModule } from '../function.ts';
import { det } from './det.ts';
import { gmm } from './gmm.ts';
import { hello } from './hello.ts';
import { kmeans } from './kmeans.ts';
import { llsq } from './llsq.ts';
import { lse } from './lse.ts';
import { lstm } from './lstm.ts';
import { ode } from './ode.ts';
import { particle } from './particle.ts';
import { saddle } from './saddle.ts';

/** All of them. */
export const evalModules: readonly EvalModule[] = [
  hello,
  llsq,
  lse,
  gmm,
  lstm,
  kmeans,
  ode,
  saddle,
  particle,
  det,
];
