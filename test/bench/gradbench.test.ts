/** @file The GradBench tool against values that are computed here from the evals' definitions. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { answer } from '../../bench/gradbench/answer.ts';
import { openDevice } from '../../src/autodiff/index.ts';
import { random } from '../../src/data/random.ts';

const device = await openDevice('reference');
const generator = random(7);
const normals = (n: number) => Array.from({ length: n }, () => generator.normal());
const matrix = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => normals(columns));

interface Answer {
  readonly success: boolean;
  readonly output: unknown;
  readonly error?: string;
  readonly timings: readonly { name: string; nanoseconds: number }[];
}

async function evaluate(module: string, name: string, input: unknown): Promise<Answer> {
  const line = JSON.stringify({ id: 1, kind: 'evaluate', module, function: name, input });
  return (await answer(line, device)) as Answer;
}

async function outputOf(module: string, name: string, input: unknown): Promise<unknown> {
  const { success, output, error } = await evaluate(module, name, input);
  assert.ok(success, error);
  return output;
}

const flat = (x: unknown): number[] => (Array.isArray(x) ? x.flatMap(flat) : [x as number]);

/** Relative to the largest entry; the default is 50 roundings of float64. */
function expectClose(actual: unknown, expected: unknown, tolerance = 50 * 2 ** -53): void {
  const [xs, ys] = [flat(actual), flat(expected)];
  assert.is(xs.length, ys.length);
  const scale = Math.max(...ys.map(Math.abs));
  xs.forEach((x, i) => {
    const error = Math.abs(x - ys[i]);
    assert.ok(error <= tolerance * scale, `entry ${i}: ${x}, expected ${ys[i]}`);
  });
}

/** Central differences; their error is about h² and 2^-53 / h, both below 1e-9 for h = 1e-5. */
function differences(fn: (x: readonly number[]) => number, x: readonly number[]): number[] {
  const h = 1e-5;
  return x.map((_, i) => {
    const at = (shift: number) => fn(x.map((each, j) => (i === j ? each + shift : each)));
    return (at(h) - at(-h)) / (2 * h);
  });
}

const differenceTolerance = 1e-8;

test('the protocol: start, define, analysis, and refusals', async () => {
  const say = (message: object) => answer(JSON.stringify(message), device);
  assert.is(((await say({ id: 3, kind: 'start', eval: 'gmm' })) as { id: number }).id, 3);
  assert.equal(await say({ id: 4, kind: 'define', module: 'gmm' }), { id: 4, success: true });
  const unknown = (await say({ id: 5, kind: 'define', module: 'ba' })) as Answer;
  assert.is(unknown.success, false);
  assert.equal(await say({ id: 6, kind: 'analysis', of: 4, valid: true }), { id: 6 });
  const wrong = await evaluate('gmm', 'hessian', {});
  assert.is(wrong.success, false);
  assert.match(wrong.error as string, /no function hessian/);
  assert.is((await evaluate('lse', 'primal', { x: ['1'] })).success, false);
});

test('a function runs as often and as long as its input asks, each run timed', async () => {
  const often = await evaluate('lse', 'primal', { x: [1, 2], min_runs: 7, min_seconds: 0 });
  assert.is(often.timings.length, 7);
  const long = await evaluate('lse', 'primal', { x: [1, 2], min_runs: 1, min_seconds: 0.02 });
  const spent = long.timings.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0);
  assert.ok(spent >= 0.02e9 - long.timings.length);
});

test('hello, llsq, lse', async () => {
  assert.is(await outputOf('hello', 'square', 3), 9);
  assert.is(await outputOf('hello', 'double', 3), 6);
  const [x, n] = [normals(4), 9];
  const llsq = (at: readonly number[]) => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      const t = -1 + (i * 2) / (n - 1);
      const value = at.reduce((sum, coefficient, power) => sum + coefficient * t ** power, 0);
      total += (Math.sign(t) - value) ** 2;
    }
    return total / 2;
  };
  expectClose(await outputOf('llsq', 'primal', { x, n }), llsq(x));
  expectClose(
    await outputOf('llsq', 'gradient', { x, n }),
    differences(llsq, x),
    differenceTolerance,
  );
  const total = x.reduce((sum, each) => sum + Math.exp(each), 0);
  expectClose(await outputOf('lse', 'primal', { x }), Math.log(total));
  const shares = x.map((each) => Math.exp(each) / total);
  expectClose(await outputOf('lse', 'gradient', { x }), shares);
  // Exponentials that would overflow.
  expectClose(await outputOf('lse', 'primal', { x: [1000, 1000] }), 1000 + Math.LN2);
});

test('kmeans: the Newton step leads to the mean of the points nearest to each centroid', async () => {
  const points = matrix(40, 3);
  // Each centroid is near a point of its own.
  const centroids = points.slice(-4).map((p) => p.map((x) => x + 0.01));
  const distance = (p: readonly number[], c: readonly number[]) =>
    p.reduce((sum, each, i) => sum + (each - c[i]) ** 2, 0);
  const nearest = points.map((p) => {
    const distances = centroids.map((c) => distance(p, c));
    return distances.indexOf(Math.min(...distances));
  });
  assert.is(new Set(nearest).size, 4);
  const cost = points.reduce((sum, p, i) => sum + distance(p, centroids[nearest[i]]), 0);
  expectClose(await outputOf('kmeans', 'cost', { points, centroids }), cost);
  const steps = centroids.map((c, j) => {
    const own = points.filter((_, i) => nearest[i] === j);
    return c.map((x, axis) => x - own.reduce((sum, p) => sum + p[axis], 0) / own.length);
  });
  expectClose(await outputOf('kmeans', 'dir', { points, centroids }), steps);
});

test('ode: the closed form of y_i, a product of x by a power of t', async () => {
  // Runge-Kutta of order 4 is exact for these polynomials up to degree 4.
  const x = [0.7, 1.3, -0.4];
  const end = [2 * x[0], (4 / 2) * x[0] * x[1], (8 / 6) * x[0] * x[1] * x[2]];
  expectClose(await outputOf('ode', 'primal', { x, s: 5 }), end);
  const gradient = [end[2] / x[0], end[2] / x[1], end[2] / x[2]];
  expectClose(await outputOf('ode', 'gradient', { x, s: 5 }), gradient);
});

test('det: the gradient is the matrix of cofactors, det A times the inverse transposed', async () => {
  const ell = 5;
  const A = normals(ell * ell);
  const det = (a: readonly number[], n: number): number => {
    if (n === 0) return 1;
    let total = 0;
    for (let column = 0; column < n; column++) {
      const minor = a.slice(n).filter((_, i) => i % n !== column);
      total += (column % 2 === 0 ? 1 : -1) * a[column] * det(minor, n - 1);
    }
    return total;
  };
  expectClose(await outputOf('det', 'primal', { A, ell }), det(A, ell));
  const cofactors = A.map((_, i) => {
    const [row, column] = [Math.floor(i / ell), i % ell];
    const minor = A.filter((_, j) => Math.floor(j / ell) !== row && j % ell !== column);
    return ((row + column) % 2 === 0 ? 1 : -1) * det(minor, ell - 1);
  });
  expectClose(await outputOf('det', 'gradient', { A, ell }), cofactors);
});

/** The log posterior by its definition: densities, a determinant and a trace for each factor. */
function mixturePosterior(
  { d, k, x, m, gamma }: Mixture,
  { alpha, mu, q, l }: Independent,
): number {
  const total = alpha.reduce((sum, a) => sum + Math.exp(a), 0);
  const factors = q.map((row, c) => {
    const factor = row.map((_, i) => row.map((_, j) => (i === j ? Math.exp(row[i]) : 0)));
    let entry = 0;
    for (let j = 0; j < d; j++) for (let i = j + 1; i < d; i++) factor[i][j] = l[c][entry++];
    return factor;
  });
  const normSquared = (factor: readonly number[][]) => flat(factor).reduce((s, e) => s + e * e, 0);
  const determinant = (factor: readonly number[][]) => factor.reduce((p, r, i) => p * r[i], 1);
  let result = 0;
  for (const point of x) {
    let density = 0;
    for (let c = 0; c < k; c++) {
      const image = factors[c].map((row) =>
        row.reduce((sum, entry, j) => sum + entry * (point[j] - mu[c][j]), 0),
      );
      const exponent = -0.5 * image.reduce((sum, each) => sum + each * each, 0);
      const scale = (2 * Math.PI) ** (d / 2) / determinant(factors[c]);
      density += ((Math.exp(alpha[c]) / total) * Math.exp(exponent)) / scale;
    }
    result += Math.log(density);
  }
  const nu = d + m + 1;
  // Γ_2(a) = √π Γ(a) Γ(a - 1/2), here for ν = 4: Γ(2) = 1 and Γ(3/2) = √π / 2.
  assert.is(nu, 4);
  const multivariateGamma = Math.sqrt(Math.PI) * 1 * (Math.sqrt(Math.PI) / 2);
  for (const factor of factors) {
    const density =
      (determinant(factor) ** (nu - d - 1) * Math.exp(-0.5 * gamma ** 2 * normSquared(factor))) /
      (2 ** ((nu * d) / 2) * gamma ** (-nu * d) * multivariateGamma);
    result += Math.log(density);
  }
  return result;
}

interface Mixture {
  readonly d: number;
  readonly k: number;
  readonly n: number;
  readonly x: number[][];
  readonly m: number;
  readonly gamma: number;
}

interface Independent {
  readonly alpha: number[];
  readonly mu: number[][];
  readonly q: number[][];
  readonly l: number[][];
}

test('gmm: the log posterior by densities, its gradient by differences', async () => {
  const mixture = { d: 2, k: 3, n: 6, x: matrix(6, 2), m: 1, gamma: 0.8 };
  const point = { alpha: normals(3), mu: matrix(3, 2), q: matrix(3, 2), l: matrix(3, 1) };
  const expected = mixturePosterior(mixture, point);
  const input = { ...mixture, ...point };
  // Sums of logarithms against logarithms of sums: some hundred roundings.
  expectClose(await outputOf('gmm', 'objective', input), expected, 500 * 2 ** -53);
  const gradient = (await outputOf('gmm', 'jacobian', input)) as Independent;
  for (const name of ['alpha', 'mu', 'q', 'l'] as const) {
    const rebuild = (numbers: readonly number[]): Independent => {
      const left = [...numbers];
      const like = (value: unknown): unknown =>
        Array.isArray(value) ? value.map(like) : left.shift();
      return { ...point, [name]: like(point[name]) };
    };
    const slope = differences((x) => mixturePosterior(mixture, rebuild(x)), flat(point[name]));
    expectClose(gradient[name], slope, differenceTolerance);
  }
});

/** ADBench's LSTM, number by number. */
function lstmLoss(
  main: readonly number[][],
  extra: readonly number[][],
  state: readonly number[][],
  sequence: readonly number[][],
): number {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const bits = extra[0].length;
  const now = state.map((row) => [...row]);
  let total = 0;
  for (let t = 0; t + 1 < sequence.length; t++) {
    let x = sequence[t].map((bit, i) => bit * extra[0][i]);
    for (let layer = 0; layer < state.length / 2; layer++) {
      const [weights, biases] = [main[2 * layer], main[2 * layer + 1]];
      const [hidden, cell] = [now[2 * layer], now[2 * layer + 1]];
      x = x.map((input, i) => {
        const gate = (value: number, g: number) =>
          value * weights[g * bits + i] + biases[g * bits + i];
        const kept = cell[i] * sigmoid(gate(input, 0));
        cell[i] = kept + sigmoid(gate(hidden[i], 1)) * Math.tanh(gate(hidden[i], 3));
        hidden[i] = sigmoid(gate(input, 2)) * Math.tanh(cell[i]);
        return hidden[i];
      });
    }
    const prediction = x.map((each, i) => each * extra[1][i] + extra[2][i]);
    const normaliser = Math.log(2 + prediction.reduce((sum, each) => sum + Math.exp(each), 0));
    sequence[t + 1].forEach((bit, i) => {
      total += bit * (prediction[i] - normaliser);
    });
  }
  return -total / ((sequence.length - 1) * bits);
}

test('lstm: the loss number by number, its gradient by differences', async () => {
  const [main, extra, state] = [matrix(4, 12), matrix(3, 3), matrix(4, 3)];
  const sequence = matrix(6, 3).map((row) => row.map((x) => (x > 0 ? 1 : 0)));
  const input = { main_params: main, extra_params: extra, state, sequence };
  expectClose(await outputOf('lstm', 'objective', input), lstmLoss(main, extra, state, sequence));
  const rows = (x: readonly number[], width: number) =>
    Array.from({ length: x.length / width }, (_, i) => x.slice(i * width, (i + 1) * width));
  const loss = (x: readonly number[]) =>
    lstmLoss(rows(x.slice(0, 48), 12), rows(x.slice(48), 3), state, sequence);
  const slope = differences(loss, [...flat(main), ...flat(extra)]);
  expectClose(await outputOf('lstm', 'jacobian', input), slope, differenceTolerance);
});

test('saddle and particle, each mode outside and inside: the values that the evals expect', async () => {
  for (const pair of ['fr', 'rf']) {
    const end = await outputOf('saddle', pair, { start: [1, 1] });
    expectClose(end, Array(4).fill(8.246324826140356e-6), 1e-12);
    // The descent stops within 1e-5 of the minimum, along a path of some hundred steps.
    expectClose(await outputOf('particle', pair, { w: 0 }), 0.2071918746486116, 1e-12);
  }
});

test.run();
