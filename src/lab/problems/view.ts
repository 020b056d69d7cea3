/** @file What the pictures of the problems show, as plain data that goes from worker to page. */

/** A recommender: its users, fake users and items on the first two principal components. */
export interface LatentView {
  readonly kind: 'latent';
  /** `[users + fakes + items, 2]`. */
  readonly positions: Float32Array;
  readonly users: number;
  readonly fakes: number;
  readonly items: number;
  readonly target: number;
  /** `[fakes, 2]`: where the gradient pulls each fake user, through the items that it has it click. */
  readonly pulls: Float32Array;
  /** The share of the variance that each component has. */
  readonly variance: readonly [number, number];
}

/** Labelled points in the plane and the classes that a model gives to a lattice of places. */
export interface PlaneView {
  readonly kind: 'plane';
  /** `[points, 2]`, with the class that each is said to have, and whether that is wrong. */
  readonly positions: Float32Array;
  readonly labels: Uint8Array;
  readonly wrong: Uint8Array;
  /** The weight of each point in the training, 0 to 1. */
  readonly weights: Float32Array;
  /** Probabilities of class 1, `[side, side]`, over the square from -extent to extent. */
  readonly field: Float32Array;
  readonly side: number;
  readonly extent: number;
}

/** Descent on a quadratic in the plane: its path, and the form of its valley. */
export interface PathView {
  readonly kind: 'path';
  /** `[steps + 1, 2]`. */
  readonly path: Float32Array;
  readonly curvatures: readonly [number, number];
  readonly extent: number;
}

/** Functions of one variable: what is to be met, before and after the inner steps. */
export interface CurvesView {
  readonly kind: 'curves';
  readonly x: Float32Array;
  readonly curves: readonly {
    readonly name: string;
    readonly y: Float32Array;
  }[];
  /** The points that the inner steps see, x and y in turns. */
  readonly shots: Float32Array;
}

/** Any of them. */
export type View = LatentView | PlaneView | PathView | CurvesView;
