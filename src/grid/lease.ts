/**
 * @file Leases: who of several processes on one store runs a cell. A lease is the file `ID.N`,
 * created exclusively. Where the process of `ID.1` is gone, `ID.2` takes over: no file of another
 * process is ever replaced, so that of any number of processes that take over one succeeds.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../files.ts';
import { here, isHere, mayRun } from '../processes.ts';
import { namesIn, readIfThere, removeAll, writeNew } from './files.ts';

const holderSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  /** Where the number counts, as a `Place` has it. Older leases lack it. */
  space: z.string().optional(),
  /** When the process began, as the system tells it: another process of the same number differs. */
  started: z.string().nullable(),
});

/** A process that may hold a lease. */
export type Holder = z.infer<typeof holderSchema>;

/** The process that holds a lease, and the file that says so. */
export interface Held extends Holder {
  readonly path: string;
}

/** A lease that this process holds. */
export interface Lease {
  release(): Promise<void>;
}

/** Seconds within which a lease that is not readable is taken for one that is being written. */
const writing = 10;

/**
 * When a process of here began, in words of the system's own: null where nobody tells, and empty of
 * one that has ended.
 */
export function startOf(pid: number): string | null {
  if (process.platform === 'win32') return null;
  if (process.platform === 'linux') return linuxStartOf(pid);
  // The words are those of a time zone.
  const environment = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const options = { encoding: 'utf8', env: environment, stdio: 'pipe' } as const;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], options).trim();
  } catch {
    return '';
  }
}

function linuxStartOf(pid: number): string | null {
  let boot: string;
  try {
    boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // In a namespace of its own a process may see the /proc of another one.
    if (readlinkSync('/proc/self') !== `${process.pid}`) return null;
  } catch {
    return null;
  }
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces and parentheses. Field 3 is the state, 22 the start.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return 'ZXx'.includes(fields[0]) ? '' : `${boot} ${fields[19]}`;
  } catch {
    return '';
  }
}

/** Whether a process may still work. Of another machine's nobody knows here: it counts as alive. */
export function isAlive({ pid, started, ...place }: Holder): boolean {
  if (!mayRun(pid, place)) return false;
  if (started === null || !isHere(place)) return true;
  const now = startOf(pid);
  return now === null || now === started;
}

/** The leases of a folder. */
export class Leases {
  constructor(private readonly folder: string) {}

  /** The living process that holds the cell's lease, if there is one. */
  async holder(id: string): Promise<Held | null> {
    for (const { path } of await this.filesOf(id)) {
      const holder = await this.living(path);
      if (holder) return holder;
    }
    return null;
  }

  /** Takes the cell's lease; null if a living process has it. Throws a UserError. */
  async acquire(id: string): Promise<Lease | null> {
    await makeFolder(this.folder);
    // One look tells both who is gone and what comes next: those that saw the same want one name.
    const before = await this.filesOf(id);
    for (const file of before) if (await this.living(file.path)) return null;
    const path = join(this.folder, `${id}.${1 + (before.at(-1)?.generation ?? 0)}`);
    const me: Holder = { pid: process.pid, ...here, started: startOf(process.pid) };
    if (!(await writeNew(path, JSON.stringify(me)))) return null;
    // A third process may have come while a second one took over and released. Of two that have
    // made a file at least the later one sees the other here; both may give way, and look again.
    for (const other of await this.filesOf(id)) {
      if (other.path !== path && (await this.living(other.path))) {
        await removeAll(path);
        return null;
      }
    }
    return {
      release: async () => {
        for (const file of before) await removeAll(file.path);
        await removeAll(path);
      },
    };
  }

  private async filesOf(id: string): Promise<{ path: string; generation: number }[]> {
    return (await namesIn(this.folder))
      .filter((name) => name.startsWith(`${id}.`))
      .map((name) => ({ path: join(this.folder, name), generation: Number(name.split('.')[1]) }))
      .sort((a, b) => a.generation - b.generation);
  }

  private async living(path: string): Promise<Held | null> {
    const text = await readIfThere(path);
    if (text === null) return null;
    try {
      const holder = holderSchema.parse(JSON.parse(text));
      return isAlive(holder) ? { ...holder, path } : null;
    } catch {
      // The clock that dates the file may be ahead.
      const age = Math.abs(Date.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? 0));
      return age < 1000 * writing ? { pid: 0, host: 'unknown', started: null, path } : null;
    }
  }
}
