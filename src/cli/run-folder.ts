/** @file The folder of a resumable attack: its options, its state, its history and its result. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { AttackState } from '../attack/index.ts';
import { jsonLines, makeFolder, readText, writeAtomically } from '../data/index.ts';
import { UserError } from '../errors.ts';

/** What a run depends on, as plain data: a run goes on only under the same. */
export type RunConfiguration = Readonly<Record<string, unknown>>;

export class RunFolder {
  private constructor(readonly path: string) {}

  /**
   * Makes the folder, or opens it to go on. Throws a UserError naming the first option that
   * differs from those that the folder's run was started with.
   */
  static async open(path: string, configuration: RunConfiguration): Promise<RunFolder> {
    await makeFolder(path);
    const folder = new RunFolder(path);
    const file = folder.file('run.json');
    const text = `${JSON.stringify(configuration, null, 2)}\n`;
    if (!existsSync(file)) await writeAtomically(file, text);
    else expectSame(path, JSON.parse(await readText(file)), JSON.parse(text));
    return folder;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** The state that an earlier run stopped at, if there is one. */
  async load(): Promise<AttackState | null> {
    const path = this.file('state.bin');
    if (!existsSync(path)) return null;
    try {
      return deserialize(await readFile(path)) as AttackState;
    } catch (error) {
      const reason = (error as Error).message;
      throw new UserError(`${path}: not the state of a run (${reason}): delete ${this.path}`);
    }
  }

  /** Keeps all that the next iteration depends on, and the history as lines of JSON. */
  async save(state: AttackState): Promise<void> {
    // The state first: what the history shows can then always be gone on from.
    await writeAtomically(this.file('state.bin'), serialize(state));
    await writeAtomically(this.file('history.jsonl'), jsonLines(state.history));
  }
}

function expectSame(path: string, before: RunConfiguration, now: RunConfiguration): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [was, is] = [JSON.stringify(before[name]), JSON.stringify(now[name])];
    if (was === is) continue;
    throw new UserError(
      `${path} holds a run with ${name} ${was}, not ${is}: choose another --out, or delete it`,
    );
  }
}
