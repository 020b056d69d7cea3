/** @file The folder of a resumable attack: its options, its state, its history and its result. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AttackState } from '../attack/index.ts';
import {
  jsonLines,
  makeFolder,
  npyOf,
  readArchive,
  readText,
  writeArchive,
  writeAtomically,
} from '../data/index.ts';
import { UserError } from '../errors.ts';

/** What a run depends on, as plain data. A run resumes only under the same. */
export type RunConfiguration = Readonly<Record<string, unknown>>;

/** A number that may be another than finite, which JSON writes as null. */
const orNull = (value: number) => z.number().or(z.null().transform(() => value));

/** What `meta` of a state says beside the arrays. The version changes with the format. */
const metaSchema = z.object({
  version: z.literal(1),
  iteration: z.number().int().nonnegative(),
  // Until a quality is a number there is no best iteration.
  best: z.object({
    quality: orNull(Number.NEGATIVE_INFINITY),
    iteration: z.number().int().min(-1),
  }),
  history: z.array(
    z.object({
      iteration: z.number().int().nonnegative(),
      loss: z.number(),
      clicks: z.number(),
      seconds: z.number(),
      figures: z.record(z.string(), orNull(Number.NaN)),
    }),
  ),
});

/** A folder that a run writes to and resumes from. */
export class RunFolder {
  private constructor(readonly path: string) {}

  /**
   * Makes the folder, or opens it to resume. Throws a UserError that names the first option that
   * differs from those that the folder's run was started with.
   */
  static async open(path: string, configuration: RunConfiguration): Promise<RunFolder> {
    await makeFolder(path);
    const folder = new RunFolder(path);
    const file = folder.file('run.json');
    const text = `${JSON.stringify(configuration, null, 2)}\n`;
    if (!existsSync(file)) await writeAtomically(file, text);
    else expectSame(path, parseJson(file, await readText(file)), JSON.parse(text));
    return folder;
  }

  /** The path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /**
   * The state that an earlier run stopped at, if there is one. `cells` is the number of entries of
   * the fake users. Throws a UserError that names the file if it is no state of this run.
   */
  async load(cells: number): Promise<AttackState | null> {
    const path = this.file('state.npz');
    if (!existsSync(path)) {
      if (existsSync(this.file('state.bin'))) this.refuse('state.bin', 'is of an earlier version');
      return null;
    }
    const archive = await readArchive(path, 'the state of an attack');
    const meta = metaSchema.safeParse(parseJson(path, archive.text('meta')));
    if (!meta.success) return this.refuse('state.npz', describe(meta.error));
    const array = (name: string): Float64Array => {
      const { data } = archive.numbers(name);
      if (data.length === cells) return Float64Array.from(data);
      return this.refuse('state.npz', `${name} has ${data.length} numbers, not ${cells}`);
    };
    const { iteration, history, best } = meta.data;
    return {
      iteration,
      history,
      fakes: array('fakes'),
      velocity: array('velocity'),
      best: { ...best, fakes: array('best') },
    };
  }

  /** Stores all that the next iteration depends on, and the history as lines of JSON. */
  async save({ iteration, history, fakes, velocity, best }: AttackState): Promise<void> {
    const { quality, iteration: bestIteration } = best;
    const meta = { version: 1, iteration, best: { quality, iteration: bestIteration }, history };
    const array = (data: Float64Array) => npyOf({ shape: [data.length], data });
    // The state comes first, so that a run can resume after everything that the history shows.
    await writeArchive(
      this.file('state.npz'),
      {
        meta: npyOf({ shape: [], data: JSON.stringify(meta) }),
        fakes: array(fakes),
        velocity: array(velocity),
        best: array(best.fakes),
      },
      'stored',
    );
    await writeAtomically(this.file('history.jsonl'), jsonLines(history));
  }

  private refuse(file: string, reason: string): never {
    throw new UserError(
      `${this.file(file)}: not the state of this run (${reason}): choose another --out, or ` +
        `delete ${this.path}`,
    );
  }
}

function parseJson(path: string, text: string) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: not JSON: ${(error as Error).message}`);
  }
}

function describe({ issues: [{ path, message }] }: z.ZodError): string {
  return `meta: field ${path.join('.') || '(root)'}: ${message}`;
}

function expectSame(path: string, before: RunConfiguration, now: RunConfiguration): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [old, current] = [before[name], now[name]].map((value) => JSON.stringify(value));
    if (old === current) continue;
    throw new UserError(
      `${path} holds a run with ${name} ${old}, not ${current}: choose another --out, or delete it`,
    );
  }
}
