/** @file The state of an attack as a file, from which it goes on to the same fake users. */

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { type AttackState, bytesOfClicks, type Clicks } from '../../attack/index.ts';
import { writeNpy } from '../../data/formats/npy.ts';
import { type Archive, npyOf, parseAs, readArchive, writeArchive } from '../../data/index.ts';
import { UserError } from '../../errors.ts';

/** The version of a run: of its options and of its state, which change together. */
export const runVersion = z.literal(3, 'expected 3: the run is of another version');

/** A number that may be another than finite, which JSON writes as null. */
const orNull = (value: number) => z.number().or(z.null().transform(() => value));

const figures = z.record(z.string(), orNull(Number.NaN));

/** What `meta` of a state says beside the arrays. The version changes with the format. */
const metaSchema = z
  .object({
    version: runVersion,
    iteration: z.number().int().nonnegative(),
    // Until a quality is a number there is no best iteration.
    best: z.object({
      quality: orNull(Number.NEGATIVE_INFINITY),
      iteration: z.number().int().min(-1),
    }),
    settled: z.boolean(),
    // In the order of `learnFakes`: records that were read are written with the same bytes.
    history: z.array(
      z.object({
        iteration: z.number().int().nonnegative(),
        loss: z.number(),
        clicks: z.number(),
        figures,
        heldOut: z.object({ loss: z.number(), figures }).optional(),
        targetShare: z.number().optional(),
        outsideRange: z.number().int().nonnegative().optional(),
        implicit: z
          .object({
            residual: orNull(Number.NaN),
            stationarity: orNull(Number.NaN),
            warnings: z.array(z.string()),
          })
          .optional(),
        seconds: z.number(),
      }),
    ),
  })
  .refine(
    ({ iteration, best, history }) =>
      history.every((record, i) => record.iteration === i) &&
      (history.length === iteration || history.length === iteration + 1) &&
      best.iteration < history.length,
    'iteration, best and history contradict one another',
  );

/** Throws the error that says why a file is not the state that is wanted. */
export type Refuse = (reason: string) => never;

/**
 * The state in a file, of fake users `[rows, columns]`; null if there is no such file. Throws what
 * `refuse` throws if it holds no state of such fake users.
 */
export async function readAttackState(
  path: string,
  rows: number,
  columns: number,
  refuse: Refuse,
): Promise<AttackState | null> {
  if (!existsSync(path)) return null;
  const archive = await readArchive(path, 'the state of an attack').catch((error) => {
    if (!(error instanceof UserError)) throw error;
    return refuse(error.message.slice(path.length + 2));
  });
  const { iteration, history, best, settled } = metaOf(archive, path, refuse);
  const numbers = (name: string, count: number) => {
    const shape = archive.shape(name);
    if (shape.length === 1 && shape[0] === count) return archive.numbers(name).data;
    return refuse(`${name} has ${shape.join(' x ')} numbers, not ${count}`);
  };
  const clicks = (name: string): Clicks => {
    const bytes = numbers(name, bytesOfClicks(rows, columns));
    const isByte = (x: number) => Number.isInteger(x) && x >= 0 && x < 256;
    if (!bytes.every(isByte)) refuse(`${name} is not of bytes`);
    return { rows, columns, bits: Uint8Array.from(bytes) };
  };
  const fakes = clicks('fakes');
  const velocity = numbers('velocity', rows * columns);
  if (!velocity.every(Number.isFinite)) refuse('velocity is not finite');
  return {
    iteration,
    history,
    fakes,
    velocity: Float32Array.from(velocity),
    best: { ...best, fakes: clicks('best') },
    settled,
  };
}

function metaOf(archive: Archive, path: string, refuse: Refuse) {
  try {
    return parseAs(`${path}: meta`, archive.text('meta'), metaSchema);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refuse(error.message.slice(path.length + 2));
  }
}

/** Writes all that the next iteration depends on: the whole file or nothing. */
export async function writeAttackState(path: string, state: AttackState): Promise<void> {
  const { iteration, history, settled, fakes, velocity, best } = state;
  const { quality, iteration: bestIteration } = best;
  const kept = { quality, iteration: bestIteration };
  const meta = { version: runVersion.value, iteration, best: kept, settled, history };
  const bits = (clicks: Clicks) => writeNpy('|u1', [clicks.bits.length], clicks.bits);
  await writeArchive(
    path,
    {
      meta: npyOf({ shape: [], data: JSON.stringify(meta) }),
      fakes: bits(fakes),
      velocity: npyOf({ shape: [velocity.length], data: velocity }),
      best: bits(best.fakes),
    },
    'compressed',
  );
}
