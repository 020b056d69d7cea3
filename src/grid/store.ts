/**
 * @file A store of results: a folder of files, which is all the state that a grid has. Copying files
 * from one store to another merges them.
 *
 *     cells/ID.json      what a cell gave
 *     files/SHA256.npz   what is too large for that, under its own digest
 *     failures/ID.json   why a cell failed
 *     work/              leases and files of cells that are running; nothing in it need be kept
 *     work/states/ID/    what a cell that was ended has done so far, from where it goes on
 */

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { fileError } from '../files.ts';
import { makeFolders } from '../folders.ts';
import { type Cell, identityOf } from './cell.ts';
import { digestOfFile, moveWhole, namesIn, readIfThere, removeAll, writeWhole } from './files.ts';
import type { Json } from './json.ts';
import { Leases } from './lease.ts';
import {
  type CellRecord,
  contentDigest,
  DamagedError,
  type FailureRecord,
  type Machine,
  parseFailure,
  parseRecord,
  printRecord,
} from './record.ts';

/** How a run of a cell went, whatever it gave. */
export interface RunFacts {
  /** Wall time of the cell itself, with what it says that ended runs of it took. */
  readonly seconds: number;
  readonly machine: Machine;
}

/** What a cell gave: its result, and the names of the files that it wrote. */
export interface Success extends RunFacts {
  readonly result: Json;
  readonly files: readonly string[];
}

/** Why a cell gave nothing. */
export interface Failure extends RunFacts {
  readonly message: string;
  readonly details: string;
}

const now = (): string => new Date().toISOString();

/** Seconds to the millisecond. */
const rounded = (seconds: number): number => Math.round(1000 * seconds) / 1000;

/** A folder of finished cells. */
export class Store {
  /** Who runs which cell. */
  readonly leases: Leases;

  private constructor(readonly path: string) {
    this.leases = new Leases(join(path, 'work', 'leases'));
  }

  /** Opens a store, which is made if there is none. Throws a UserError that names the folder. */
  static async open(path: string): Promise<Store> {
    try {
      for (const folder of ['cells', 'files', 'failures', 'work']) {
        await makeFolders(join(path, folder));
      }
    } catch (error) {
      throw fileError('make the store', path, error);
    }
    return new Store(path);
  }

  /** The path of a cell's record. */
  cellPath(id: string): string {
    return join(this.path, 'cells', `${id}.json`);
  }

  /** The path of a stored file with a digest. */
  filePath(name: string, digest: string): string {
    return join(this.path, 'files', `${digest}${extname(name)}`);
  }

  /** The folder of what a cell has done so far. */
  states(id: string): string {
    return join(this.path, 'work', 'states', id);
  }

  private failurePath(id: string): string {
    return join(this.path, 'failures', `${id}.json`);
  }

  /** What a cell gave, or null if it is not done. Throws a DamagedError that names the file. */
  async read(id: string): Promise<CellRecord | null> {
    const path = this.cellPath(id);
    const text = await readIfThere(path);
    return text === null ? null : parseRecord(path, id, text);
  }

  /**
   * The result of a cell. Throws a UserError if it is not done, and a DamagedError that names the
   * file if that is not what was written.
   */
  async result<Result>(cell: Cell<Result>): Promise<Result> {
    const record = await this.read(cell.id);
    // The version of the kind is part of the id, so that the result has the form of this version.
    if (record) return record.result as Result;
    throw new UserError(`${this.cellPath(cell.id)}: this cell is not done: run the grid`);
  }

  /**
   * Stores what a cell gave; `folder` holds the files that it wrote, which move into the store.
   * Throws a UserError that names a file that is not there.
   */
  async write(cell: Cell, success: Success, folder: string): Promise<CellRecord> {
    const files: Record<string, string> = {};
    for (const name of [...success.files].sort()) {
      const path = join(folder, name);
      const digest = await digestOfFile(path);
      if (digest === null) throw new UserError(`the cell has not written its file ${name}`);
      files[name] = digest;
      // Over a file of the same name, too: it has the same contents, or is damaged.
      await moveWhole(path, this.filePath(name, digest));
    }
    const { result, seconds, machine } = success;
    const digest = contentDigest({ result, files } as CellRecord);
    const record = { format: 1, ...identityOf(cell), result, files, digest } as const;
    const facts = { seconds: rounded(seconds), machine, finished: now() };
    const whole = { ...record, ...facts } as CellRecord;
    await writeWhole(this.cellPath(cell.id), printRecord(whole), this.temporary(cell.id));
    await removeAll(this.failurePath(cell.id));
    await removeAll(this.states(cell.id));
    return whole;
  }

  /** Why a cell failed, or null if it did not. Throws a DamagedError that names the file. */
  async failure(id: string): Promise<FailureRecord | null> {
    const path = this.failurePath(id);
    const text = await readIfThere(path);
    return text === null ? null : parseFailure(path, id, text);
  }

  /** Notes why a cell failed. */
  async fail(cell: Cell, failure: Failure): Promise<FailureRecord> {
    const { message, details, seconds, machine } = failure;
    const facts = { message, details, seconds: rounded(seconds), machine, finished: now() };
    const record = { format: 1, ...identityOf(cell), ...facts } as FailureRecord;
    await writeWhole(this.failurePath(cell.id), printRecord(record), this.temporary(cell.id));
    return record;
  }

  /**
   * Checks that the files of a record are what was written. Throws a DamagedError that names the
   * one that is not.
   */
  async checkFiles(record: CellRecord): Promise<void> {
    for (const [name, digest] of Object.entries(record.files)) {
      const path = this.filePath(name, digest);
      const actual = await digestOfFile(path);
      if (actual === digest) continue;
      const reason = actual === null ? 'it is not there' : `its digest is ${actual}`;
      throw new DamagedError(`${path} (${name} of ${record.kind}) is damaged: ${reason}`);
    }
  }

  /** Reads everything and gives what is wrong, a line a file. */
  async verify(): Promise<string[]> {
    const problems: string[] = [];
    const check = async (folder: string, read: (id: string) => Promise<unknown>) => {
      for (const file of await namesIn(join(this.path, folder))) {
        if (!file.endsWith('.json')) continue;
        try {
          await read(file.replace(/\.json$/, ''));
        } catch (error) {
          if (!(error instanceof DamagedError)) throw error;
          problems.push(error.message);
        }
      }
    };
    await check('cells', async (id) => {
      const record = await this.read(id);
      if (record) await this.checkFiles(record);
    });
    await check('failures', (id) => this.failure(id));
    return problems;
  }

  /**
   * Removes what a process that was killed between a result and its own clearing up has left of cells
   * that are done: states, failures, and folders of files.
   */
  async clearUp(done: ReadonlySet<string>): Promise<void> {
    for (const folder of ['failures', 'work', join('work', 'states')]) {
      for (const name of await namesIn(join(this.path, folder))) {
        const [id] = name.split('.');
        // A cell whose files are damaged may be done again by another process.
        if (!done.has(id) || (await this.leases.holder(id))) continue;
        await removeAll(join(this.path, folder, name));
      }
    }
  }

  /**
   * An empty folder for one run of a cell, by the holder of its lease; earlier ones are removed.
   * Throws a UserError that names what cannot be made or removed.
   */
  async scratch(id: string): Promise<string> {
    const work = join(this.path, 'work');
    for (const name of await namesIn(work)) {
      if (name.startsWith(`${id}.`)) await removeAll(join(work, name));
    }
    const folder = this.temporary(id);
    try {
      await mkdir(folder);
    } catch (error) {
      throw fileError('make the folder', folder, error);
    }
    return folder;
  }

  /** A new name: a process that outlives its runner for a moment may still write to another. */
  private temporary(id: string): string {
    return join(this.path, 'work', `${id}.${randomUUID()}`);
  }
}
