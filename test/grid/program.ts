/** @file The program that computes a cell of the tests. */

import { answerCell } from '../../src/grid/index.ts';
import { kinds } from './kinds.ts';

await answerCell(kinds);
