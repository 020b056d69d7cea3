/** @file The words of the page and what they mean: one record, by which every label is read. */

/** What each word means. One that ends in `()` is a method, which labels write with its options. */
export const words: Readonly<Record<string, string>> = {
  objective:
    'The number that the outer steps lower: how far the end of a training is from what is wanted.',
  hypergradient:
    'How the objective at the end of a training changes with each choice made before it.',
  'outer step': 'A change of the choices by the hypergradient, then a whole training.',
  'training step': 'A step of the training that runs within each outer step.',
  'HR@10': 'Hit rate: the share of users with the item among the first ten recommended to them.',
  adjoint:
    'How the objective changes with what the training has reached after a step. The walk back carries it from step to step.',
  'share of the gradient':
    'What a training step adds to the gradient, measured along it. All shares add up to 1; negative ones work against the others.',
  'gradient seen': 'The sum of the shares that the walk back comes through.',
  τ: 'Tau: how many of the last training steps a truncated gradient walks back through.',
  'relative error':
    'The length of what is missing or wrong, over the length of the exact gradient. It can exceed 100 %.',
  cosine: '1 in the direction of the exact gradient, 0 at right angles to it, −1 against it.',
  'length, exact is 1': 'The length of the gradient over that of the exact one.',
  'error to retraining':
    'How far the gradient is from trainings with each choice moved a little, which are the referee.',
  certificate:
    'What a method measures of its own result: whether what it relies on holds, and how far off it may be.',
  'forward steps': 'Training steps that ran, with those that ran again for the walk back.',
  'states held': 'How often what the training has reached is kept in memory, for the walk back.',
  'wrmf-sgd': 'Writes the table of clicks as users times items, found in small steps downhill.',
  'wrmf-als':
    'Writes the table of clicks as users times items, solved for one side, then the other.',
  'item-ae': 'A neural network, an autoencoder: squeezes the clicks on an item, and restores them.',
  'area under the curve':
    'The chance that a fake user looks more suspicious than a genuine one. 1 is perfect, 0.5 is guessing.',
  'exact()': 'The whole walk back, through all training steps.',
  'truncated()': 'The walk back through the last training steps alone.',
  'partial()': 'No walk back: only what the objective itself reads of the choices.',
  'drMad()': 'The walk back through guessed states, on a line from the first to the last.',
  'forward()': 'The exact gradient from the start to the end, one choice at a time.',
  'finiteDifferences()': 'Training again with each choice moved a little up, and down.',
  'implicit()':
    'No walk back: equations that hold where the training has reached a minimum are solved there.',
};

/** A word as a label has it: whole, a method before its options. */
const source = (word: string): string => {
  if (word.endsWith('()')) return `\\b${word.slice(0, -2)}(?=\\()`;
  return /^\w/.test(word) ? `\\b${word}\\b` : word;
};

/** One of the words; the longest that fits comes first. */
const pattern = new RegExp(
  `(${Object.keys(words)
    .sort((a, b) => b.length - a.length)
    .map(source)
    .join('|')})`,
);

/** A part of a label; `meaning` is that of a word, and nothing between words. */
export interface Part {
  readonly text: string;
  readonly meaning?: string;
}

/** A label in parts, which together are the label. */
export const partsOf = (label: string): Part[] =>
  label
    .split(pattern)
    .filter((text) => text !== '')
    .map((text) => ({ text, meaning: words[text] ?? words[`${text}()`] }));
