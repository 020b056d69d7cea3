/** @file Whether an element is near to what can be seen of the page. */

import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A place for an element, and whether it has come within a screen's height of what can be seen. */
export function useNear(): {
  readonly place: RefObject<HTMLDivElement | null>;
  readonly near: ReadonlySignal<boolean>;
} {
  const place = useRef<HTMLDivElement>(null);
  const near = useSignal(false);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        near.value = true;
        observer.disconnect();
      },
      { rootMargin: '100% 0px' },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return { place, near };
}
