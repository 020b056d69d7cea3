/** @file The guided story: six steps over the page, for who comes first. */

/** What one can do in a step of the story, beside reading. */
export type Deed = 'roll' | 'sizes' | 'outer-step' | 'brush';

/** One step. */
export interface StoryStep {
  readonly title: string;
  readonly text: readonly string[];
  /** The problem, opened with its presets and this many iterations. */
  readonly problem: string;
  readonly iterations: number;
  /** The last steps that are brushed; null for a tenth of all. */
  readonly brush: number | null;
  /** The panels that it speaks of, the first of which comes into view. */
  readonly panels: readonly string[];
  readonly deed: Deed | null;
}

const ball = { problem: 'learning-rate', iterations: 0, brush: null } as const;

/** The story, from a ball in a valley to an attack on a recommender. */
export const storySteps: readonly StoryStep[] = [
  {
    ...ball,
    title: 'A ball goes down a valley',
    text: [
      'The ball starts at the upper left. The lowest place is the purple dot, but the ball cannot see it: all that it feels is the slope under it. So it takes thirty small steps, each one downhill, and stops short of the dot.',
      'To train a model is the same. The place is the numbers of the model, the height is how wrong it is, and each step makes it a little less wrong.',
    ],
    panels: ['model'],
    deed: 'roll',
  },
  {
    ...ball,
    title: 'Who chose how long its steps are?',
    text: [
      'Each of the thirty steps has a size. They were all set to 0.02 before the ball began. Make them larger here: too small, and it stops short; too large, and it bounces between the walls.',
      'Now imagine thirty sliders, one a step. A longer first step brings the ball to another place, where it feels another slope, and so its whole way changes. Which of the thirty should be longer, and by how much?',
    ],
    panels: ['model'],
    deed: 'sizes',
  },
  {
    ...ball,
    title: 'One walk back answers for all thirty',
    text: [
      'One could try: change one size, roll again, compare, thirty times over. There is a shorter way. Keep every place that the ball came through. Then walk back from the end to the start, and work out at each step: had it been a little longer, how much lower would the ball have ended?',
      'The thirty answers together are the hypergradient. It says how the end of a training changes with the choices made before it began. The curve shows how much of it each step adds: here, all the same.',
    ],
    panels: ['inner-time'],
    deed: null,
  },
  {
    ...ball,
    title: 'Follow it',
    text: [
      'Change all thirty sizes a little, as the hypergradient says, and let the ball roll again. That is one outer step. The curve of the objective is the height at which the ball ends.',
      'Take a few. The ball ends lower each time, nearer to the dot.',
    ],
    panels: ['curves', 'model'],
    deed: 'outer-step',
  },
  {
    ...ball,
    title: 'What if one stops walking back?',
    text: [
      'Walking back takes time, and room to keep every place. A common shortcut walks back through the last few steps alone: that is truncation. After 3 of 30 steps, the first 27 sizes have no answer at all.',
      'Those sizes did act. They moved the ball, and all its later steps began from there; but the walk stopped before it came to them. What is lost is all that early choices do through what follows.',
    ],
    brush: 3,
    panels: ['inner-time'],
    deed: 'brush',
  },
  {
    problem: 'attack',
    iterations: 0,
    brush: null,
    title: 'The same, in earnest',
    text: [
      'A shop trains a recommender on what 900 people clicked. An attacker adds 100 fake users, so that it recommends one item to everyone. The choices made before the training are their clicks. The same walk back, here through 100 steps, colours each click: orange would help the attack, blue would hurt it.',
      'So a hypergradient says how the end of a training changes with what was chosen before it; truncation loses what those choices did through the early steps. Here the last 10 steps alone miss nearly all of it. The panels below show the rest: play.',
    ],
    panels: ['inner-time', 'fake-users'],
    deed: 'brush',
  },
];
