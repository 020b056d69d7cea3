/** @file The folder of a resumable attack: its options, its state, its history and its result. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { AttackState } from '../../attack/index.ts';
import { removeFile } from '../../data/files.ts';
import { jsonLines, parseAs, readText, writeAtomically } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { readAttackState, runVersion, writeAttackState } from '../../eval/index.ts';
import { fileError, makeFolder } from '../../files.ts';
import { type Lease, Leases } from '../../grid/index.ts';

/** What a run depends on, as plain data. A run resumes only under the same. */
export type RunConfiguration = Readonly<Record<string, unknown>>;

/** What of a run's options may differ when it resumes. */
interface Allowed {
  /** A number that may be larger than when the run was started. */
  readonly growing?: string;
  /** An option that runs of earlier versions have not noted. */
  readonly added?: string;
}

const configurationSchema = z.looseObject({ version: runVersion });

/** What may lie in the folder of a run that has not begun: leases, files of killed writes. */
const passing = /^running\.\d+$|-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** A folder that a run writes to and resumes from: of one process at a time, until it is closed. */
export class RunFolder {
  private constructor(
    readonly path: string,
    private readonly lease: Lease,
    private readonly isNew: boolean,
  ) {}

  /**
   * Makes the folder, or opens it to resume. Throws a UserError that names the first option that
   * differs from those that the run was started with, what else the folder holds, or the process that
   * runs in it.
   */
  static async open(
    path: string,
    options: RunConfiguration,
    allowed: Allowed = {},
  ): Promise<RunFolder> {
    await makeFolder(path);
    const lease = await leaseOf(path);
    try {
      const names = await namesIn(path);
      const folder = new RunFolder(path, lease, !names.includes('run.json'));
      await folder.begin(names, options, allowed);
      return folder;
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  private async begin(
    names: readonly string[],
    options: RunConfiguration,
    allowed: Allowed,
  ): Promise<void> {
    const { path } = this;
    const file = this.file('run.json');
    const text = `${JSON.stringify({ version: runVersion.value, ...options }, null, 2)}\n`;
    if (!this.isNew) {
      const old = await readText(file);
      expectSame(path, parseAs(file, old, configurationSchema), JSON.parse(text), allowed);
      if (old === text) return;
    } else if (names.length > 0) {
      throw new UserError(
        `${path} holds ${names.slice(0, 3).join(', ')} and no run: choose another --out`,
      );
    }
    await writeAtomically(file, text);
  }

  /** Lets others run in the folder. A run that left no state to resume from leaves nothing. */
  async close(): Promise<void> {
    const kept = ['state.npz', 'fakes.npz'].some((name) => existsSync(this.file(name)));
    if (this.isNew && !kept) await removeFile(this.file('run.json'));
    await this.lease.release();
  }

  /** The path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /**
   * The state that an earlier run stopped at, if there is one, of fake users `[rows, columns]`.
   * Throws a UserError that names the file if it is no state of this run.
   */
  async load(rows: number, columns: number): Promise<AttackState | null> {
    const path = this.file('state.npz');
    if (!existsSync(path) && existsSync(this.file('state.bin'))) {
      this.refuse('state.bin', 'is of an earlier version');
    }
    return readAttackState(path, rows, columns, (reason) => this.refuse('state.npz', reason));
  }

  /** Stores all that the next iteration depends on, and the history as lines of JSON. */
  async save(state: AttackState): Promise<void> {
    // The state comes first, so that a run can resume after everything that the history shows.
    await writeAttackState(this.file('state.npz'), state);
    await this.saveHistory(state.history);
  }

  /** Writes the history anew, which a killed run may have left behind its state. */
  saveHistory(history: AttackState['history']): Promise<void> {
    return writeAtomically(this.file('history.jsonl'), jsonLines(history));
  }

  private refuse(file: string, reason: string): never {
    throw new UserError(
      `${this.file(file)}: not the state of this run (${reason}): choose another --out, or ` +
        `delete ${this.path}`,
    );
  }
}

/** The names in the folder of a run, but for those that say nothing of it. */
async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter((name) => !passing.test(name));
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Throws a UserError that names the process that runs in the folder. */
async function leaseOf(path: string): Promise<Lease> {
  const leases = new Leases(path);
  for (;;) {
    const lease = await leases.acquire('running');
    if (lease) return lease;
    const holder = await leases.holder('running');
    // One that cannot be read is being written, or its process was killed at that: it soon is none.
    if (holder?.pid) {
      throw new UserError(
        `${path}: process ${holder.pid} of ${holder.host} runs in it: wait for its end, or choose ` +
          `another --out; if it is gone, delete ${join(path, 'running.*')}`,
      );
    }
    await setTimeout(100 + 100 * Math.random());
  }
}

function expectSame(
  path: string,
  before: RunConfiguration,
  now: RunConfiguration,
  { growing, added }: Allowed,
): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [old, current] = [before[name], now[name]].map((value) => JSON.stringify(value));
    if (old === current || (name === added && old === undefined)) continue;
    if (name === 'digest') {
      throw new UserError(
        `${path} holds a run on other data than those of --data: their clicks or ids differ: ` +
          'choose another --out, or delete it',
      );
    }
    if (name === growing) {
      if (Number(current) > Number(old)) continue;
      throw new UserError(`${path} holds a run with ${name} ${old}, which may only grow`);
    }
    throw new UserError(
      `${path} holds a run with ${name} ${old}, not ${current}: choose another --out, or delete it`,
    );
  }
}
