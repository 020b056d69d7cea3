/** @file `hypertape lab`: serves the lab's page on loopback, or computes a run of it without a page. */

import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { historyOf, parseAddress } from '../../lab/index.ts';
import { interruptible } from '../interrupt.ts';
import { Output, type OutputOptions } from '../output.ts';
import { wholeNumber } from '../values.ts';

type LabOptions = OutputOptions & { port: number; run?: string };

/** The command `lab`. */
export const labCommand = (): Command =>
  new Command('lab')
    .description('serve the lab, a page that shows hypergradients at work, on this machine alone')
    .option('--port <n>', 'port; 0 takes a free one', wholeNumber(0, 65535), 8080)
    .option('--run <address>', 'compute what the page shows at an address, without a page')
    .option('--json', 'one JSON object on the last line of stdout')
    .option('--quiet', 'print results alone')
    .action((options: LabOptions) =>
      options.run === undefined ? servePage(options) : compute(options.run, options),
    );

const folder = fileURLToPath(new URL('./lab/', import.meta.url));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** What isolates the page, so that its workers may share memory, and keeps it to its own host. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Devices compile code: WebAssembly, and `reference` functions. Only the worker may. */
const workerPolicy =
  "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval' 'unsafe-eval'; connect-src 'self'; worker-src 'self' blob:";

/** Serves the page until Ctrl-C. Throws a UserError for a port that is taken. */
async function servePage({ port, json }: LabOptions): Promise<void> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    void answer(path === '/' ? '/index.html' : path, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UserError(
          error.code === 'EADDRINUSE'
            ? `port ${port} is taken: choose another by --port, or --port 0 for a free one`
            : `port ${port}: ${error.message}`,
        ),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  const url = `http://127.0.0.1:${bound}/`;
  process.stdout.write(`${json ? JSON.stringify({ url }) : url}\n`);
  await new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
  server.closeAllConnections();
  server.close();
}

async function answer(path: string, response: ServerResponse): Promise<void> {
  const type = types[extname(path)];
  const file = join(folder, normalize(path));
  const body = type && file.startsWith(folder) ? await readFile(file).catch(() => null) : null;
  if (!body) {
    response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end('not found\n');
    return;
  }
  const policy = path === '/worker.js' ? workerPolicy : pagePolicy;
  response
    .writeHead(200, { ...headers, 'content-security-policy': policy, 'content-type': type })
    .end(body);
}

/** Prints the history of a run that the page would show. */
async function compute(address: string, options: LabOptions): Promise<void> {
  const output = new Output(options);
  const settings = parseAddress(address);
  const history = await interruptible(
    () => 'the same command begins anew',
    (signal) =>
      historyOf(settings, signal, ({ iteration, value, figures, seconds }) => {
        const rates = Object.entries(figures).map(([name, rate]) => `, ${name} ${rate.toFixed(4)}`);
        output.line(
          `${iteration}: objective ${value.toPrecision(8)}${rates.join('')}, ${seconds.toFixed(2)} s`,
        );
      }),
  );
  output.result({ address, history });
}
