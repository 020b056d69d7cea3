/** @file Colours and measures of a picture, the same wherever it is drawn. */

/** Pixels: of a character of the font, of a line, and around things. */
export const measures = { character: 6.65, line: 15, padding: 8, panel: 24, header: 40 };

/** Colours that people without red or green tell apart too (Okabe & Ito 2008). */
const colours: { readonly [phase: string]: string } = {
  forward: '#0072b2',
  backward: '#d55e00',
  update: '#009e73',
  'backward of backward': '#8c4a86',
};
const otherColour = '#555555';

/** The colour of a phase. */
export const phaseColour = (phase: string): string => colours[phase] ?? otherColour;
