/** @file Whether an element is near to what can be seen of the page. */

import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { RefCallback } from 'preact';
import { useMemo } from 'preact/hooks';

/** A place for an element, and whether one is there and has come within a screen's height of what can be seen. */
export function useNear(): {
  readonly place: RefCallback<HTMLDivElement>;
  readonly near: ReadonlySignal<boolean>;
} {
  const near = useSignal(false);
  const place = useMemo(() => {
    let observer: IntersectionObserver | undefined;
    return (element: HTMLDivElement | null) => {
      observer?.disconnect();
      near.value = false;
      if (!element) return;
      observer = new IntersectionObserver(
        ([entry]) => {
          if (!entry.isIntersecting) return;
          near.value = true;
          observer?.disconnect();
        },
        { rootMargin: '100% 0px' },
      );
      observer.observe(element);
    };
  }, []);
  return { place, near };
}
