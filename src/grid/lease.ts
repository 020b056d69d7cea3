/**
 * @file Leases: who of several processes on one store runs a cell. A lease is the file `ID.N`,
 * created exclusively. Where the process of `ID.1` is gone, `ID.2` takes over: no file of another
 * process is ever replaced, so that of any number of processes that take over one succeeds.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolders } from '../folders.ts';
import { isRunning } from '../processes.ts';
import { namesIn, readIfThere } from './files.ts';

const holderSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  /** When the process began, as the system tells it: another process of the same number differs. */
  started: z.string().nullable(),
});

/** The process that holds a lease. */
export type Holder = z.infer<typeof holderSchema>;

/** A lease that this process holds. */
export interface Lease {
  release(): Promise<void>;
}

/** Seconds within which a lease that is not readable is taken for one that is being written. */
const writing = 10;

/** When a process began, in words of the system's own; null if there is none or nobody tells. */
export function startOf(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name in parentheses may hold spaces and parentheses. Field 3 is the state, 22 the start.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      if ('ZXx'.includes(fields[0])) return null;
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
    }
    if (process.platform === 'win32') return null;
    const environment = { ...process.env, LC_ALL: 'C' };
    const options = { encoding: 'utf8', env: environment, stdio: 'pipe' } as const;
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], options).trim() || null;
  } catch {
    return null;
  }
}

/** Whether a process may still work. Of another machine's nobody knows here: it counts as alive. */
export function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true;
  if (!isRunning(pid)) return false;
  return started === null || startOf(pid) === started;
}

/** The leases of a folder. */
export class Leases {
  constructor(private readonly folder: string) {}

  /** The living process that holds the cell's lease, if there is one. */
  async holder(id: string): Promise<Holder | null> {
    for (const { path } of await this.filesOf(id)) {
      const holder = await this.living(path);
      if (holder) return holder;
    }
    return null;
  }

  /** Takes the cell's lease; null if a living process has it. */
  async acquire(id: string): Promise<Lease | null> {
    await makeFolders(this.folder);
    // One look tells both who is gone and what comes next: those that saw the same want one name.
    const before = await this.filesOf(id);
    for (const file of before) if (await this.living(file.path)) return null;
    const path = join(this.folder, `${id}.${1 + (before.at(-1)?.generation ?? 0)}`);
    const me: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
    try {
      const file = await open(path, 'wx');
      await file.writeFile(JSON.stringify(me));
      await file.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
      throw error;
    }
    // A third process may have come while a second one took over and released. Of two that have
    // made a file at least the later one sees the other here; both may give way, and look again.
    for (const other of await this.filesOf(id)) {
      if (other.path !== path && (await this.living(other.path))) {
        await rm(path, { force: true });
        return null;
      }
    }
    return {
      release: async () => {
        for (const file of before) await rm(file.path, { force: true });
        await rm(path, { force: true });
      },
    };
  }

  private async filesOf(id: string): Promise<{ path: string; generation: number }[]> {
    return (await namesIn(this.folder))
      .filter((name) => name.startsWith(`${id}.`))
      .map((name) => ({ path: join(this.folder, name), generation: Number(name.split('.')[1]) }))
      .sort((a, b) => a.generation - b.generation);
  }

  private async living(path: string): Promise<Holder | null> {
    const text = await readIfThere(path);
    if (text === null) return null;
    try {
      const holder = holderSchema.parse(JSON.parse(text));
      return isAlive(holder) ? holder : null;
    } catch {
      const age = Date.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? 0);
      return age < 1000 * writing ? { pid: 0, host: 'unknown', started: null } : null;
    }
  }
}
