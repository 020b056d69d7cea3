/** @file Panels whose code is loaded after the first picture. */

import { useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { report, snapshot } from './lab.ts';

/** A panel that is there once the first picture is. */
export const later = (load: () => Promise<ComponentType>): ComponentType =>
  function Later() {
    const panel = useSignal<{ readonly Shown: ComponentType } | null>(null);
    useSignalEffect(() => {
      if (!snapshot.value || panel.peek()) return;
      load().then((Shown) => {
        panel.value = { Shown };
      }, report);
    });
    if (!panel.value) return null;
    const { Shown } = panel.value;
    return <Shown />;
  };
