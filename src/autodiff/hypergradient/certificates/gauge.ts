/**
 * @file The gauge of a factorisation: scores P Qᵀ do not change under P -> P G, Q -> Q G⁻ᵀ, so that
 * a loss of them is flat along the orbit, and its Hessian singular at a minimum. The tangents are
 *
 *     t_S = (P S, -Q Sᵀ)
 *
 * for every K x K matrix S; with an L2 penalty only rotations leave the loss as it is: S = -Sᵀ. A q = b
 * has a solution only where b has no part among them: Π b is the nearest Σ t_S to b.
 *
 * ⟨∇L(θ), t_S(θ)⟩ = 0 for all θ. Its derivative A t_S + (∇_P L Sᵀ, -∇_Q L S) = 0 holds at every
 * point, a minimum or not, and tells which S leave the loss as it is.
 */

import { randomVector } from '../../tape/random-numbers.ts';
import type { Tensor } from '../../tape/tensor.ts';
import { leaves, type Tree } from '../../tape/tree.ts';
import { MethodError } from '../checkpoints.ts';
import { conjugateGradients } from '../solvers/cg.ts';
import { norm, plus, type Vector } from '../vectors.ts';
import type { Finding } from './certificate.ts';
import { type Examined, judged, noted, show } from './examined.ts';

/** The two sides of a factorisation: tables `[rows, K]` whose products are the scores. */
export interface Factorization {
  readonly left: readonly Tensor[];
  readonly right: readonly Tensor[];
}

const most = 1e-3;

/** Which S leave the loss as it is, and ‖Π b‖ / ‖b‖; two products. */
export async function gauge(
  examined: Examined,
  factorization?: (parameters: Tree) => Factorization,
): Promise<Finding> {
  const { hessian } = examined;
  if (!hessian || !factorization) {
    return noted(
      'gauge',
      'Not measured: it is asked for by gauge, which names the two sides of a factorisation of ' +
        'the parameters, with a solver of the Hessian.',
    );
  }
  const tangents = new Tangents(hessian.parameters.like, factorization, examined.system.theta);
  const { width: k } = tangents;
  const [rotation, stretch] = [tangents.random(-1), tangents.random(1)];
  const rotations = await isFlat(examined, tangents, rotation);
  const all = rotations && (k === 0 || (await isFlat(examined, tangents, stretch)));
  if (!rotations && k > 1) {
    return judged(
      'gauge',
      true,
      { directions: 0, component: 0 },
      'The loss changes along the rotations of the factors that gauge names: they are no ' +
        'factorisation of what it depends on.',
    );
  }
  const directions = all ? k * k : (k * (k - 1)) / 2;
  const { b } = examined.system;
  const part = norm(await tangents.nearest(b, all, examined.system.epsilon));
  const component = norm(b) > 0 ? part / norm(b) : 0;
  return judged(
    'gauge',
    component > most,
    { directions, component },
    `The loss is the same along ${directions} directions, ${all ? 'all linear maps' : 'the rotations'} ` +
      `of ${k} factors: at a minimum its Hessian has as many eigenvalues of 0, and direct() does ` +
      `not apply. ${show(component)} of the right-hand side lies among them` +
      `${component > most ? ', which no q can make: the objective depends on more than the scores.' : '.'}`,
  );
}

/** Whether A t_S + (∇_P L Sᵀ, -∇_Q L S) is 0 to rounding. */
async function isFlat(
  { hessian, system, rayleigh }: Examined,
  tangents: Tangents,
  s: Vector,
): Promise<boolean> {
  if (!hessian) return false;
  const tangent = tangents.along(s);
  const turned = tangents.turned(await hessian.gradient(), s);
  const product = await system.apply(tangent);
  const scale = norm(tangent) * Math.max(Math.abs(rayleigh.largest), Math.abs(rayleigh.least));
  const limit = 1e4 * system.epsilon * Math.max(scale, norm(turned));
  return norm(plus(product, 1, turned)) <= limit;
}

/** A table within the vector of the parameters. */
interface Table {
  readonly from: number;
  readonly rows: number;
  /** S acts on the rows of the left, -Sᵀ on those of the right. */
  readonly side: 'left' | 'right';
}

/** The tangents of the orbit at θ. Matrices S are vectors of K² cells, row-major. */
export class Tangents {
  readonly width: number;
  private readonly tables: readonly Table[];

  constructor(
    parameters: Tree,
    factorization: (parameters: Tree) => Factorization,
    private readonly theta: Vector,
  ) {
    const all = leaves(parameters);
    const { left, right } = factorization(parameters);
    const widths = new Set([...left, ...right].map(({ shape }) => shape[1]));
    const [width] = widths;
    const tables = [left, right].map((side, i) =>
      side.map((leaf): Table => {
        const position = all.indexOf(leaf);
        const from = all.slice(0, position).reduce((cells, { size }) => cells + size, 0);
        if (position < 0 || leaf.shape.length !== 2 || widths.size !== 1) {
          throw new MethodError(
            'gauge: expected { left, right }, lists of tables of the parameters with one number ' +
              'of columns',
          );
        }
        return { from, rows: leaf.shape[0], side: i === 0 ? 'left' : 'right' };
      }),
    );
    this.width = width ?? 0;
    this.tables = tables.flat();
  }

  /** A random S, antisymmetric for a sign of -1, symmetric for 1. */
  random(sign: -1 | 1): Vector {
    const drawn = randomVector(this.width * this.width, 3);
    return plus(drawn, sign, this.transposed(drawn));
  }

  /** t_S = (P S, -Q Sᵀ). */
  along(s: Vector): Vector {
    return this.each(this.theta, (side) => (side === 'left' ? [s, 1] : [this.transposed(s), -1]));
  }

  /** (G_P Sᵀ, -G_Q S) of a gradient G. */
  turned(gradient: Vector, s: Vector): Vector {
    return this.each(gradient, (side) => (side === 'left' ? [this.transposed(s), 1] : [s, -1]));
  }

  /** Π v = t_S of the least squares problem min ‖v - t_S‖, over all S or those with S = -Sᵀ. */
  async nearest(v: Vector, all: boolean, epsilon: number): Promise<Vector> {
    const allowed = (s: Vector) =>
      all ? s : plus(s, -1, this.transposed(s)).map((value) => value / 2);
    const normal = {
      b: allowed(this.adjoint(v)),
      epsilon,
      apply: async (s: Vector) => allowed(this.adjoint(this.along(s))),
    };
    const iterations = this.width * this.width;
    const { q } = await conjugateGradients(normal, { iterations });
    return this.along(q);
  }

  /** The S with ⟨S, S'⟩ = ⟨v, t_S'⟩ for all S': Pᵀ v_P - v_Qᵀ Q. */
  private adjoint(v: Vector): Vector {
    const { width, theta } = this;
    const s = new Float64Array(width * width);
    for (const { from, rows, side } of this.tables) {
      for (let row = 0; row < rows; row++) {
        const at = from + row * width;
        for (let i = 0; i < width; i++) {
          for (let j = 0; j < width; j++) {
            s[i * width + j] +=
              side === 'left' ? theta[at + i] * v[at + j] : -v[at + i] * theta[at + j];
          }
        }
      }
    }
    return s;
  }

  /** Each table of `x` times a matrix and a sign of its side; 0 outside of the tables. */
  private each(x: Vector, of: (side: Table['side']) => [matrix: Vector, sign: number]): Vector {
    const { width } = this;
    const product = new Float64Array(x.length);
    for (const { from, rows, side } of this.tables) {
      const [matrix, sign] = of(side);
      for (let row = 0; row < rows; row++) {
        const at = from + row * width;
        for (let i = 0; i < width; i++) {
          const factor = sign * x[at + i];
          for (let j = 0; j < width; j++) product[at + j] += factor * matrix[i * width + j];
        }
      }
    }
    return product;
  }

  private transposed(s: Vector): Vector {
    const { width } = this;
    return s.map((_, at) => s[(at % width) * width + Math.floor(at / width)]);
  }
}
