/** @file Ids and names of foreign data, shown so that no terminal takes them for commands. */

/** Control characters, and those that turn the direction of writing. */
const unseen = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text with its control characters as `\u001b` and so on; line ends stay where `lines` says so. */
export const visible = (text: string, { lines = false } = {}): string =>
  text.replace(unseen, (character) =>
    lines && character === '\n'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
