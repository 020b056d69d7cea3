/** @file Errors that tell a user what to mend. */

/** Bad input or wrong usage: the message names the place and the mend; the exit status is 2. */
export class UserError extends Error {
  override name = 'UserError';
}

/** Training left the finite numbers: the message names what to lower; the exit status is 1. */
export class DivergedError extends Error {
  override name = 'DivergedError';
}
