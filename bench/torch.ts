/** @file PyTorch as a peer, where a Python that has it is installed. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PeerProgram } from './programs.ts';

/** A Python that has PyTorch, and which. */
export interface Torch {
  readonly python: string;
  readonly version: string;
}

/** Debian's python3-torch belongs to the system's Python, which need not be the first in PATH. */
const interpreters = ['python3', '/usr/bin/python3'];

/** The first Python with PyTorch, if there is one. */
export async function openTorch(): Promise<Torch | undefined> {
  for (const python of interpreters) {
    const version = await promisify(execFile)(python, [
      '-c',
      'import torch; print(torch.__version__)',
    ]).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
    if (version) return { python, version };
  }
  return undefined;
}

/** The hypergradients of bench/torch. */
export const torchProgram = ({ python }: Torch): PeerProgram => ({
  name: 'pytorch',
  command: python,
  args: [fileURLToPath(new URL('torch/hypergradients.py', import.meta.url))],
});
