/** @file The guided story: six steps over the page, for who comes first. Its words are in `tale.ts`. */

/** What one can do in a step of the story, beside reading. */
export type Deed = 'roll' | 'sizes' | 'answers' | 'outer-step' | 'brush' | 'cell';

/** One step. */
export interface StoryStep {
  /** The problem, opened with its presets and this many iterations. */
  readonly problem: string;
  readonly iterations: number;
  /** The last steps that are brushed; null for a tenth of all. */
  readonly brush: number | null;
  /** The training step whose model is shown at first; null for the last. */
  readonly at: number | null;
  /** The panels that it speaks of. */
  readonly panels: readonly string[];
  /** The id of what comes into view: a panel, or a part of one. */
  readonly view: string;
  readonly deed: Deed;
}

const ball = { problem: 'learning-rate', iterations: 0, brush: null, at: null } as const;

/** The story, from a ball in a valley to an attack on a recommender. */
export const storySteps: readonly StoryStep[] = [
  {
    ...ball,
    at: 0,
    panels: ['model'],
    view: 'model',
    deed: 'roll',
  },
  {
    ...ball,
    panels: ['model'],
    view: 'model',
    deed: 'sizes',
  },
  {
    ...ball,
    panels: ['inner-time'],
    view: 'entries',
    deed: 'answers',
  },
  {
    ...ball,
    panels: ['curves', 'model'],
    view: 'curves',
    deed: 'outer-step',
  },
  {
    ...ball,
    brush: 3,
    panels: ['inner-time'],
    view: 'inner-time',
    deed: 'brush',
  },
  {
    problem: 'attack',
    iterations: 0,
    brush: null,
    at: null,
    panels: ['fake-users', 'inner-time'],
    view: 'fake-users',
    deed: 'cell',
  },
];
