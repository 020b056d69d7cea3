/** @file The command line that started this process, for reports. */

/** What a shell takes as one word without quotes. */
const plain = /^[\w@%+=:,./-]+$/;

const quoted = (word: string): string =>
  plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The command as a user can give it to a shell again, with every option that was given. */
export const commandLine = (): string =>
  ['npx', 'hypertape', ...process.argv.slice(2).map(quoted)].join(' ');
