/** @file hypertape/picture: pictures of a tape, as data that any page can draw, and as SVG. */

export { type Card, type Panel, panelsOf, type Row } from './cards.ts';
export {
  type Arrow,
  type Line,
  layoutTape,
  type PlacedCard,
  type PlacedPanel,
  type TapeLayout,
} from './layout.ts';
export { measures, phaseColour } from './look.ts';
export { tapeSvg } from './svg.ts';
