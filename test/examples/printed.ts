/** @file Runs an example by importing it, and keeps what it prints. */

/** The example's exports and the lines that it printed. */
export async function printed<M>(load: () => Promise<M>): Promise<{ example: M; lines: string[] }> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...words: unknown[]) => lines.push(words.join(' '));
  try {
    return { example: await load(), lines };
  } finally {
    console.log = log;
  }
}

/** The numbers in a line, in order. */
export const numbersOf = (line: string): number[] =>
  [...line.matchAll(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g)].map(([text]) => Number(text));

/** Half of the last digit of a number printed with so many significant digits. */
export const lastDigit = (value: number, digits: number): number =>
  0.5 * 10 ** (Math.floor(Math.log10(Math.abs(value))) + 1 - digits);
