/** @file The gradient through the last τ steps, for the panels that draw it. */

import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { calls, snapshot, tau } from './lab.ts';
import { latest } from './latest.ts';

/** A gradient with the τ that it is of. */
export interface Truncated {
  readonly tau: number;
  readonly gradient: Float32Array;
}

/** The gradient of the last iteration through the steps that are brushed, while it is `wanted`. */
export function useTruncated(wanted: () => boolean): ReadonlySignal<Truncated | null> {
  const found = useSignal<Truncated | null>(null);
  const ask = useMemo(
    () =>
      latest(calls.truncated, (gradient, asked) => {
        found.value = { tau: asked, gradient };
      }),
    [],
  );
  useSignalEffect(() => {
    if (snapshot.value && wanted()) ask(tau.value);
  });
  return found;
}
