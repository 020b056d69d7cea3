/** @file What leaves the page: its address, the command of the run, and files. */

import { effect } from '@preact/signals';
import { addressOf, commandOf } from '../address.ts';
import { saveFile } from './files.ts';
import { calls, history, playing, present } from './lab.ts';

/** A link to what is shown now. */
export const linkNow = (): string => `${location.href.split('#')[0]}#${addressOf(present.value)}`;

/** A command that gives the same history in Node. */
export const commandNow = (): string => commandOf(present.value);

/** Milliseconds for which the address waits, since browsers refuse to change it too often. */
const patience = 300;

/** Keeps the address of the page at what is shown, but while it plays. */
export function keepAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const address = addressOf(present.value);
    clearTimeout(timer);
    if (playing.value || history.value.length === 0) return;
    timer = setTimeout(() => window.history.replaceState(null, '', `#${address}`), patience);
  });
}

/** Saves the fake users of the last iteration as an .npz file. */
export async function saveFakes(): Promise<void> {
  const bytes = await calls.fakesFile();
  saveFile('fakes.npz', new Blob([bytes as Uint8Array<ArrayBuffer>]));
}

/** Saves the history, one line of JSON for each outer iteration. */
export function saveHistory(): void {
  const lines = history.value.map((line) => `${JSON.stringify(line)}\n`);
  saveFile('history.jsonl', new Blob(lines, { type: 'application/jsonl' }));
}

/** Saves a report of what is shown: one page that needs no other file. */
export async function saveReport(): Promise<void> {
  const { reportOf } = await import('./report.ts');
  saveFile('report.html', new Blob([await reportOf(commandNow())], { type: 'text/html' }));
}
