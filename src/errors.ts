/** @file Errors that tell a user what to mend. */

/** Bad input or wrong usage: the message names the place and the mend; the exit status is 2. */
export class UserError extends Error {
  override name = 'UserError';
}
