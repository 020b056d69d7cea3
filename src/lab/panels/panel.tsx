/** @file The frame of a panel: a title, a sentence of plain words, and the picture. */

import type { ComponentChildren } from 'preact';

/** A panel. `name` is the id that addresses and tests know it by. */
export const Panel = (props: {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) => (
  <section
    class={props.wide ? 'panel wide' : 'panel'}
    id={props.name}
    aria-labelledby={`${props.name}-title`}
  >
    <h2 id={`${props.name}-title`}>{props.title}</h2>
    <p class="about">{props.about}</p>
    {props.children}
  </section>
);
