/** @file A Redis of the tests' own, on a free port of the loopback address. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'uvu';

/** Whether there is a redis-server to start. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A running server. */
export interface RedisServer {
  readonly url: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** Starts a server that keeps nothing on the disk. */
export async function startRedis(): Promise<RedisServer> {
  const [folder, port] = [mkdtempSync(join(tmpdir(), 'hypertape-redis-')), await freePort()];
  const options = { bind: '127.0.0.1', port, dir: folder, save: '', appendonly: 'no' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      if (/Ready to accept connections/.test(text)) resolve();
    });
    child.once('exit', () => reject(new Error(`redis-server ended: ${text}`)));
  });
  const stop = async () => {
    const ended = once(child, 'exit');
    kill();
    await ended;
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `redis://127.0.0.1:${port}`, child, stop };
}

/** A test that gets a Redis of its own; it is skipped where there is no redis-server. */
export function testWithRedis(
  test: Test,
  name: string,
  run: (redis: RedisServer) => Promise<void>,
): void {
  if (!hasRedis) {
    console.log(`skipped: ${name} needs redis-server`);
    test.skip(name);
    return;
  }
  test(name, async () => {
    const redis = await startRedis();
    try {
      await run(redis);
    } finally {
      await redis.stop();
    }
  });
}
