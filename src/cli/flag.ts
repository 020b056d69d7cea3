/** @file How an option is spelt on the command line. */

/** The flag of the option whose value has a name: `--bag-size` of `bagSize`. */
export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
