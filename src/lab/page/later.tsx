/** @file Panels, and parts of them, whose code is loaded after the first picture. */

import { useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { report, snapshot } from './lab.ts';

/** What is there once the first picture is. */
export const later = <P extends object = object>(
  load: () => Promise<ComponentType<P>>,
): ComponentType<P> =>
  function Later(props: P) {
    const panel = useSignal<{ readonly Shown: ComponentType<P> } | null>(null);
    useSignalEffect(() => {
      if (!snapshot.value || panel.peek()) return;
      load().then((Shown) => {
        panel.value = { Shown };
      }, report);
    });
    if (!panel.value) return null;
    const { Shown } = panel.value;
    return <Shown {...props} />;
  };
