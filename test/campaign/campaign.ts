/** @file What a campaign is: very many cases by number, each of which holds or names its fault. */

/** The cases of a campaign, made ready in a process. */
export interface Cases {
  /** How many cases a long run tries. */
  readonly total: number;
  /** What case `index` tries, in words that let it be done again. The same in every process. */
  name(index: number): string;
  /** Tries a case; returns what is wrong, if anything is. Whatever it throws is a fault too. */
  run(index: number): Promise<string | undefined>;
}

/** One way of trying the program. */
export interface Campaign {
  readonly name: string;
  /** The URL of the module that exports it under its name: the processes load it from there. */
  readonly module: string;
  /** What is tried, and what must be seen, each as a line of the page on reliability. */
  readonly tries: string;
  readonly oracle: string;
  /** How many cases the short form tries, which needs no browser; 0 for none. */
  readonly short: number;
  /** A case that is silent for so many seconds is ended and counts as a fault. */
  readonly seconds: number;
  /** The most megabytes of JavaScript objects in a process, beyond which it dies: a fault. */
  readonly heap: number;
  /** How many cases a process tries before a fresh one takes over. */
  readonly casesOfProcess: number;
  /** Makes the cases ready; they may write into the folder. */
  open(folder: string, seed: number): Promise<Cases>;
}

/** A case that went wrong. */
export interface Fault {
  readonly index: number;
  readonly name: string;
  readonly fault: string;
}
