/** @file The colours of the reports' charts. */

/** Colours that are told apart by people who see few; the same series has the same one. */
export const palette = [
  '#4269d0',
  '#ff725c',
  '#3ca951',
  '#efb118',
  '#a463f2',
  '#9c6b4e',
  '#6cc5b0',
];

/** The colour of genuine users in pictures of detection. */
export const genuineColor = '#8fa8e0';

/** The colour of fake users in pictures of detection. */
export const fakeColor = '#d0342c';
