import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UserError } from '../../src/errors.ts';
import { type Holder, isAlive, Leases, startOf } from '../../src/grid/lease.ts';
import { here } from '../../src/processes.ts';
import { withFolder } from './setup.ts';

const contender = fileURLToPath(new URL('./contender.ts', import.meta.url));
const me: Holder = { pid: process.pid, ...here, started: startOf(process.pid) };
/** A process that is gone. */
const gone = 4_194_305;

interface Contender {
  readonly child: ChildProcess;
  readonly taken: Promise<string[]>;
}

/** Starts processes that all try to take the same leases at the same time. */
function contend(folder: string, processes: number, count: number): Contender[] {
  const at = Date.now() + 6000;
  return Array.from({ length: processes }, () => {
    const args = ['--import', 'tsx', contender, folder, `${count}`, `${at}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const taken = once(child.stdout!, 'data').then(([line]) => JSON.parse(`${line}`) as string[]);
    return { child, taken };
  });
}

async function kill({ child }: Contender): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test('of several processes one gets a lease, and one takes it over when that is killed', () =>
  withFolder(async (folder) => {
    const count = 40;
    const ids = Array.from({ length: count }, (_, i) => `cell${i}`).sort();
    for (const round of [1, 2]) {
      const all = contend(folder, 3, count);
      try {
        const taken = await Promise.all(all.map((each) => each.taken));
        // Each lease was taken by exactly one; in the second round from a process that is gone.
        assert.equal(taken.flat().sort(), ids, `round ${round}`);
        const leases = new Leases(folder);
        for (const [i, { child }] of all.entries()) {
          for (const id of taken[i]) assert.is((await leases.holder(id))?.pid, child.pid);
        }
        assert.is(await leases.acquire('cell0'), null);
      } finally {
        await Promise.all(all.map(kill));
      }
      assert.is(await new Leases(folder).holder('cell0'), null);
    }
    const lease = await new Leases(folder).acquire('cell0');
    await lease!.release();
    assert.equal(
      readdirSync(folder).filter((name) => name.startsWith('cell0.')),
      [],
    );
  }));

test('a lease is held by the process that took it, until it is released', () =>
  withFolder(async (folder) => {
    const leases = new Leases(folder);
    const lease = await leases.acquire('a');
    assert.ok(lease);
    assert.is(await leases.acquire('a'), null);
    assert.equal(await leases.holder('a'), { ...me, path: join(folder, 'a.1') });
    assert.ok(await leases.acquire('b'));
    await lease.release();
    assert.is(await leases.holder('a'), null);
    assert.ok(await leases.acquire('a'));
  }));

test('another process with the number of one that is gone does not hold its lease', () =>
  withFolder(async (folder) => {
    assert.ok(isAlive(me));
    assert.not.ok(isAlive({ ...me, started: 'long ago' }));
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    assert.not.ok(isAlive({ ...me, pid: child.pid! }));
    writeFileSync(join(folder, 'a.1'), JSON.stringify({ ...me, started: 'long ago' }));
    const lease = await new Leases(folder).acquire('a');
    assert.ok(lease);
    assert.equal(readdirSync(folder).sort(), ['a.1', 'a.2']);
    await lease.release();
    assert.equal(readdirSync(folder), []);
  }));

test('the lease of another machine is held', () =>
  withFolder(async (folder) => {
    const holder = { pid: 1, host: 'elsewhere', started: null };
    writeFileSync(join(folder, 'a.7'), JSON.stringify(holder));
    const leases = new Leases(folder);
    assert.equal(await leases.holder('a'), { ...holder, path: join(folder, 'a.7') });
    assert.is(await leases.acquire('a'), null);
  }));

test('a lease that is being written is held, one that was never written is not', () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, 'leases'));
    const path = join(folder, 'leases', 'a.1');
    writeFileSync(path, '');
    const leases = new Leases(join(folder, 'leases'));
    assert.is(await leases.acquire('a'), null);
    // Of a clock that is a minute behind, and of one that is a day ahead.
    for (const seconds of [-60, 86_400]) {
      const time = Date.now() / 1000 + seconds;
      utimesSync(path, time, time);
      const lease = await leases.acquire('a');
      assert.ok(lease);
      assert.equal(JSON.parse(readFileSync(join(folder, 'leases', 'a.2'), 'utf8')), me);
      await lease.release();
      writeFileSync(path, '');
    }
  }));

test('numbers of processes count where they were given alone, whatever the host is called', () => {
  const there = { ...me, pid: gone };
  assert.not.ok(isAlive(there));
  assert.ok(isAlive({ ...there, space: '0badc0de-4026532281' }), 'another container of this name');
  // Under another name it is the same place, and its number tells.
  assert.ok(isAlive({ ...me, host: 'before' }));
  assert.is(isAlive({ ...there, host: 'before' }), here.space === undefined);
  // Leases of before have a host alone.
  assert.not.ok(isAlive({ pid: gone, host: here.host, started: null }));
  assert.ok(isAlive({ pid: gone, host: 'before', started: null }));
  if (!here.space?.endsWith('-4026531836')) return;
  const reboot = { ...me, space: '0badc0de-4026531836', started: 'before' };
  assert.not.ok(isAlive(reboot), 'this machine, before it was started anew');
  assert.ok(isAlive({ ...reboot, host: 'another' }));
});

test('a lease that cannot be written is a UserError that leaves no file and no handle', () =>
  withFolder(async (folder) => {
    const probe = await openFile(join(folder, 'probe'), 'w');
    await probe.close();
    const handle = Object.getPrototypeOf(probe);
    const { writeFile } = handle;
    const open = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0);
    const before = open();
    handle.writeFile = () => Promise.reject(Object.assign(new Error(), { code: 'ENOSPC' }));
    const leases = new Leases(join(folder, 'leases'));
    const error = await leases.acquire('a').catch((reason) => reason);
    handle.writeFile = writeFile;
    assert.instance(error, UserError);
    assert.match(error.message, /cannot write .*a\.1: the disk is full/);
    assert.equal([readdirSync(join(folder, 'leases')), open()], [[], before]);
    assert.ok(await leases.acquire('a'));
    const nowhere = await new Leases(join(folder, 'probe', 'x')).acquire('a').catch((e) => e);
    assert.instance(nowhere, UserError);
  }));

test.run();
