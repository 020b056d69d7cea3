/** @file What the runner of a grid and its workers say to each other through the queue. */

import { z } from 'zod';
import { machineSchema } from '../record.ts';

const files = z.record(z.string(), z.string());

/** A cell, and what it takes: results as they are, files by their digests. */
export const jobSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  version: z.number(),
  config: z.record(z.string(), z.json()),
  inputs: z.record(z.string(), z.strictObject({ result: z.json(), files })),
});

const facts = { seconds: z.number(), machine: machineSchema };

/** How the cell ended: the job's return value. */
export const replySchema = z.union([
  z.strictObject({ result: z.json(), files, ...facts }),
  z.strictObject({ message: z.string(), details: z.string(), ...facts }),
]);

/** A cell on the queue. */
export type CellJob = z.infer<typeof jobSchema>;
/** What comes back. */
export type CellReply = z.infer<typeof replySchema>;
