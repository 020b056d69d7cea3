/** @file A process that tries the cases it is told to, and reports each. */

import type { Campaign, Cases } from './campaign.ts';

/** What the runner tells a worker: to try the cases `from` up to but without `to`. */
export interface Order {
  readonly from: number;
  readonly to: number;
}

/** What a worker tells the runner. */
export type Report =
  | { readonly kind: 'ready'; readonly total: number }
  | { readonly kind: 'begin'; readonly index: number; readonly name: string }
  | { readonly kind: 'end'; readonly index: number; readonly fault?: string };

const [module, campaignName, folder, seed] = process.argv.slice(2);
const tell = (report: Report): void => {
  process.send?.(report);
};

/** The message, and where it happened for errors that are no message to a user. */
const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

async function tryCase(cases: Cases, index: number): Promise<void> {
  let fault: string | undefined;
  try {
    tell({ kind: 'begin', index, name: cases.name(index) });
    fault = await cases.run(index);
  } catch (error) {
    fault = describe(error);
  }
  tell({ kind: 'end', index, ...(fault !== undefined && { fault }) });
}

const campaign: Campaign = (await import(module))[campaignName];
const cases = await campaign.open(folder, Number(seed));
let queue = Promise.resolve();
process.on('message', ({ from, to }: Order) => {
  queue = queue.then(async () => {
    for (let index = from; index < to; index++) await tryCase(cases, index);
  });
});
// While a command runs, `process.exit` is another function.
const exit = process.exit.bind(process);
process.on('disconnect', () => exit());
tell({ kind: 'ready', total: cases.total });
