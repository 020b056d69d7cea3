/** @file A kernel as gpu.js source: one thread computes one cell. */

import type { Kernel } from '../../compile/plan.ts';
import { isBeyondF32 } from '../../kernel/expression.ts';
import { type Dialect, javascript, printCell, threadAxes } from '../../kernel/print.ts';
import { maxCells } from './context.ts';

/** Index buffers hold f32; gpu.js takes the floor of a load for an address, and no bare load. */
const hostDialect: Dialect = {
  ...javascript,
  // gpu.js takes the name of NaN for a variable.
  literal: (value) => (Number.isNaN(value) ? '(Infinity - Infinity)' : javascript.literal(value)),
  entry: (load) => `Math.floor(${load})`,
};

/**
 * Guards against what GPUs compute otherwise than JavaScript does:
 * - `expm1Of`, `log1pOf`: gpu.js's shaders take `expm1` as `exp(x) - 1` and `log1p` as
 *   `log(1 + x)`, which lose a small x; half of the smallest normal x is flushed to 0.
 * - `logOf`: shaders may take the log of a number below 0 for that of its size.
 * - `divOf`: shaders may divide by a product with the reciprocal, which beyond 2^126 is subnormal,
 *   so that the quotient is 0 (WGSL promises nothing there). They are scaled first, by what the
 *   compiler does not know to be a constant: it would take that out again.
 * - `powOf`: shaders know no power of a negative base, may give 1 for 0 to a tiny power, and take
 *   whole powers by `exp2` and `log2`, which loses digits; repeated squares lose fewer.
 * - `tanhOf`: the `tanh` of WebGL overflows, and that of WGSL may be 1e-5 off, even near 0.
 * - `sinOf`, `cosOf`: shaders promise 2^-11, and that only up to pi. Here pi / 2 is taken off in
 *   three parts, as S. Moshier's Cephes does; beyond 2^16, where they say nothing, it is NaN.
 * - `quotientOf`: a division may be off by 2.5 ulp (WGSL), so that the floor of an exact multiple
 *   is one too small.
 * - `clampOf`: `min` and `max` may find no common type for an address and a literal.
 * - `loop`: with a float for a counter, which gpu.js makes of a variable that starts at an entry or
 *   is not counted by `++`, a driver (NVIDIA's 580, by WebGL2) read other cells than those asked for.
 * - `squareOf`: gpu.js prints the largest f32, 3.4e38, for a literal infinity; only a product at
 *   run time gives an infinity.
 */
const gpuFunctions = [
  `function expm1Of(x) {
    if (Math.abs(x) < 0.5) {
      const t = 1 + x * (0.1666666667 + x * (0.02380952381 + x * 0.002976190476));
      return x * (1 + 0.5 * x * (1 + 0.3333333333 * x * (1 + 0.25 * x * (1 + 0.2 * x * t))));
    }
    return Math.exp(x) - 1;
  }`,
  `function log1pOf(x) {
    if (Math.abs(x) < 1e-10) return x;
    if (Math.abs(x) < 0.3) {
      const s = x / (2 + x);
      const z = s * s;
      return 2 * s * (1 + z * (0.3333333333 + z * (0.2 + z * (0.1428571429 + z * 0.1111111111))));
    }
    return logOf(1 + x);
  }`,
  `function logOf(x) {
    if (x < 0) return Math.sqrt(x);
    return Math.log(x);
  }`,
  `function divOf(x, y) {
    if (Math.abs(y) > 1e37) {
      const scale = Math.min(0.0625, Math.abs(y));
      return (x * scale) / (y * scale);
    }
    return x / y;
  }`,
  `function wholePowerOf(x, n) {
    let power = 1;
    let square = x;
    let left = n;
    for (let bit = 0; bit < 6; bit++) {
      const half = Math.floor(0.5 * left);
      if (left - 2 * half > 0.5) power = power * square;
      if (half > 0.5) square = square * square;
      left = half;
    }
    return power;
  }`,
  `function powOf(x, y) {
    if (y === 2) return x * x;
    if (y > 0 && y < 64 && y === Math.floor(y)) return wholePowerOf(x, y);
    if (x < 0) {
      const odd = y - 2 * Math.floor(0.5 * y);
      if (odd === 0) return Math.pow(-x, y);
      if (odd === 1) return -Math.pow(-x, y);
      return Math.sqrt(x);
    }
    if (x === 0 && y > 0) return 0;
    return Math.pow(x, y);
  }`,
  `function tanhOf(x) {
    const e = expm1Of(-2 * Math.abs(x));
    const t = -e / (2 + e);
    if (x < 0) return -t;
    return t;
  }`,
  `function sinOf(x) {
    return sineOf(x, 0);
  }`,
  `function cosOf(x) {
    return sineOf(x, 1);
  }`,
  `function sineOf(x, quarters) {
    if (!(Math.abs(x) <= 65536)) return Math.sqrt(-1 - Math.abs(x));
    const n = Math.floor(x * 0.6366197723675814 + 0.5);
    const y = x - n * 1.5703125 - n * 0.0004837512969970703 - n * 7.549789948768648e-8;
    const z = y * y;
    const q = n + quarters - 4 * Math.floor(0.25 * (n + quarters));
    const s = y + y * z * (-0.16666654611 + z * (0.0083321608736 - z * 0.00019515295891));
    const c = 1 - z * (0.5 - z * (0.0416666456 - z * (0.0013887316 - z * 0.000024433157)));
    if (q < 0.5) return s;
    if (q < 1.5) return c;
    if (q < 2.5) return -s;
    return -c;
  }`,
  `function quotientOf(x, by) {
    const q = Math.floor(x / by);
    const r = x - q * by;
    if (r < 0) return q - 1;
    if (r >= by) return q + 1;
    return q;
  }`,
  `function clampOf(x, last) {
    if (x < 0) return 0;
    if (x > last) return last;
    return x;
  }`,
  `function squareOf(x) {
    return x * x;
  }`,
];

const infinity = 'squareOf(3e38)';

/** Shaders may flush what is nearer to 0; a driver (NVIDIA's 580) multiplied 0 by it to 2^-149. */
const smallestNormal = 2 ** -126;

const gpuDialect: Dialect = {
  ...hostDialect,
  // gpu.js would name those itself, two of one statement alike where functions are called of them.
  namesEntries: true,
  literal: (value) => {
    if (value !== 0 && Math.abs(value) < smallestNormal) return '0';
    if (!isBeyondF32(value)) return javascript.literal(value);
    if (Number.isNaN(value)) return `(${infinity} - ${infinity})`;
    return value > 0 ? infinity : `(-${infinity})`;
  },
  functions: {
    cos: 'cosOf',
    div: 'divOf',
    expm1: 'expm1Of',
    log: 'logOf',
    log1p: 'log1pOf',
    pow: 'powOf',
    sin: 'sinOf',
    tanh: 'tanhOf',
  },
  quotient: (x, by) => `quotientOf(${x}, ${by})`,
  clamp: (x, last) => `clampOf(${x}, ${last})`,
  loop: (variable, from, to) => {
    if (/^\d+$/.test(from)) return javascript.loop(variable, from, to);
    const count = `${variable}n`;
    return [
      ...javascript.loop(count, '0', `${maxCells}`),
      `if (${count} >= ${to} - (${from})) break;`,
      `const ${variable} = ${from} + ${count};`,
    ];
  },
};

/** What gpu.js compiles to a kernel. */
interface KernelSource {
  readonly source: string;
  /** Functions that the source may call. */
  readonly functions: readonly { readonly source: string; readonly settings: object }[];
}

const numberFunction = (source: string) => {
  const names = (/\((.*?)\)/.exec(source) as RegExpExecArray)[1].split(', ');
  const argumentTypes = Object.fromEntries(names.map((name) => [name, 'Number']));
  return { source, settings: { argumentTypes, returnType: 'Number' } };
};

const declared = gpuFunctions.map(numberFunction);

/** The kernel function; arguments `a0`, `a1`, … are flat arrays. */
export function gpujsSource(kernel: Kernel, onGpu: boolean): KernelSource {
  const dialect = onGpu ? gpuDialect : hostDialect;
  const { statements, result } = printCell(kernel.expression, dialect);
  const names = kernel.arguments.map((_, slot) => `a${slot}`);
  const axes = threadAxes(kernel.threads.length).map(
    (axis) => `const ${axis} = this.thread.${axis};`,
  );
  const body = [...axes, ...statements, `return ${result};`].join('\n');
  return {
    source: `function (${names.join(', ')}) {\n${body}\n}`,
    functions: onGpu ? declared : [],
  };
}
