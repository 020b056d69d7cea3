/**
 * @file Elementwise primitives. All inputs have one shape, else a ShapeError names the operation.
 * The hard points, such as ties and 0, are defined here.
 */

import {
  type BinaryFunction,
  binary,
  type Expression,
  number,
  select,
  type UnaryFunction,
  unary,
} from '../kernel/expression.ts';
import { define } from '../tape/primitive.ts';
import { type Shape, ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { Tensor } from '../tape/tensor.ts';
import { full } from './constant.ts';

const zero = number(0);
const one = number(1);

/** A constant of the shape of `x`. */
const like = (x: Tensor, value: number): Tensor => full(x.shape, value);

function equalShapes(op: string, inputs: readonly Shape[]): Shape {
  const [first] = inputs;
  const other = inputs.find((shape) => !sameShape(shape, first));
  if (other) {
    throw new ShapeError(
      `${op}: expected equal shapes, got ${showShape(first)} and ${showShape(other)}`,
    );
  }
  return first;
}

/** A function of one number and its derivative (null where that is 0 everywhere). */
function mapUnary(
  name: string,
  body: (x: Expression) => Expression,
  derivative: ((x: Tensor, out: Tensor) => Tensor) | null,
): (x: Tensor) => Tensor {
  const record = define({
    name,
    family: 'map',
    shape: ([x]) => x,
    cell: (position, [x]) => body(x.read(position)),
    vjp: (ct, out, [x]) => [derivative && mul(ct, derivative(x, out))],
  });
  return (x) => record([x], {});
}

/** A function of two numbers and the cotangents of both (null where they are 0 everywhere). */
function mapBinary(
  name: string,
  body: (x: Expression, y: Expression) => Expression,
  cotangents: ((ct: Tensor, x: Tensor, y: Tensor, out: Tensor) => [Tensor, Tensor]) | null,
): (x: Tensor, y: Tensor) => Tensor {
  const record = define({
    name,
    family: 'map',
    shape: (inputs) => equalShapes(name, inputs),
    cell: (position, [x, y]) => body(x.read(position), y.read(position)),
    vjp: (ct, out, [x, y]) => (cotangents ? cotangents(ct, x, y, out) : [null, null]),
  });
  return (x, y) => record([x, y], {});
}

const kernelUnary = (fn: UnaryFunction) => (x: Expression) => unary(fn, x);
const kernelBinary = (fn: BinaryFunction) => (x: Expression, y: Expression) => binary(fn, x, y);

/** x + y */
export const add = mapBinary('add', kernelBinary('add'), (ct) => [ct, ct]);
/** x - y */
export const sub = mapBinary('sub', kernelBinary('sub'), (ct) => [ct, neg(ct)]);
const product = mapBinary('mul', kernelBinary('mul'), (ct, x, y) => [mul(ct, y), mul(ct, x)]);

/**
 * x y; the square of a square root, or of cells moved from one, has the derivative 1, at 0 too, and
 * NaN below 0.
 */
export const mul = (x: Tensor, y: Tensor): Tensor =>
  (x === y ? squareOfRoot(x) : undefined) ?? product(x, y);

/**
 * weight x, which is 0 where the weight is 0, even of an infinite x: a term of a mean that is left
 * out. The derivatives are weighed likewise.
 */
export const weigh = mapBinary(
  'weigh',
  (weight, x) => select(binary('equal', weight, zero), zero, binary('mul', weight, x)),
  (ct, weight, x) => [weigh(ct, x), weigh(weight, ct)],
);

/** x / y; d(x/y) = dx/y - (x/y) dy/y. */
export const div = mapBinary('div', kernelBinary('div'), (ct, _x, y, out) => [
  div(ct, y),
  neg(div(mul(ct, out), y)),
]);

/** The larger one of two numbers; at a tie each side gets half of the cotangent, at NaN none. */
export const maximum = mapBinary('maximum', kernelBinary('max'), (ct, x, y) => [
  mul(ct, wins(less(y, x), equal(x, y))),
  mul(ct, wins(less(x, y), equal(x, y))),
]);

/** The smaller one of two numbers; at a tie each side gets half of the cotangent, at NaN none. */
export const minimum = mapBinary('minimum', kernelBinary('min'), (ct, x, y) => [
  mul(ct, wins(less(x, y), equal(x, y))),
  mul(ct, wins(less(y, x), equal(x, y))),
]);

const wins = (strictly: Tensor, tie: Tensor): Tensor => add(strictly, mul(like(tie, 0.5), tie));

/** 1 where x < y, else 0; its derivative is 0, as that of all comparisons. */
export const less = mapBinary('less', kernelBinary('less'), null);
/** 1 where x <= y, else 0. */
export const lessEqual = mapBinary('lessEqual', kernelBinary('lessEqual'), null);
/** 1 where x = y, else 0. */
export const equal = mapBinary('equal', kernelBinary('equal'), null);

/**
 * x to the power y. At x = 0 the derivative in x is that of the limit, and 0 where y = 0;
 * the derivative in y is 0 wherever x is 0 or below.
 */
export const pow = (x: Tensor, y: Tensor): Tensor =>
  (isTwo(y) ? squareOfRoot(x) : undefined) ?? power(x, y);

const isTwo = ({ primitive, attributes }: Tensor): boolean =>
  primitive?.name === 'full' && attributes.value === 2;

const power = mapBinary('pow', kernelBinary('pow'), (ct, x, y) => {
  const none = like(x, 0);
  const one = like(x, 1);
  // 0 * 0^-1 would be NaN; with the exponent 1 instead, all of its derivatives are 0.
  const constant = mul(equal(x, none), equal(y, none));
  const slope = mul(y, pow(x, where(constant, one, sub(y, one))));
  const isOut = lessEqual(x, none);
  const safe = where(isOut, one, x);
  const logarithm = mul(pow(safe, y), log(safe));
  return [mul(ct, slope), mul(ct, where(isOut, none, logarithm))];
});

/** -x */
export const neg = mapUnary('neg', kernelUnary('neg'), (x) => like(x, -1));
/** e to the power x. */
export const exp = mapUnary('exp', kernelUnary('exp'), (_x, out) => out);
/** exp(x) - 1, exact for small x. */
export const expm1 = mapUnary('expm1', kernelUnary('expm1'), (x) => exp(x));
/** The natural logarithm. */
export const log = mapUnary('log', kernelUnary('log'), (x) => div(like(x, 1), x));
/** log(1 + x), exact for small x. */
export const log1p = mapUnary('log1p', kernelUnary('log1p'), (x) =>
  div(like(x, 1), add(like(x, 1), x)),
);

/**
 * The square root; its derivative at 0 is 0, which Adam needs on rows that never got a gradient.
 * That is no limit, so that a function of a root which is smooth at 0, as a cosine, loses its
 * derivatives there; the square alone keeps them.
 */
export const sqrt = mapUnary('sqrt', kernelUnary('sqrt'), (x, out) => {
  // Not where the root is positive: of a number below 0 it is NaN, and so are its derivatives.
  const isZero = equal(out, like(x, 0));
  // The inner `where` keeps 0/0 out of the derivative of this derivative.
  const safe = where(isZero, like(x, 1), out);
  return where(isZero, like(x, 0), div(like(x, 0.5), safe));
});

const squaredRoot = mapUnary(
  'squaredRoot',
  (x) => {
    const root = unary('sqrt', x);
    return binary('mul', root, root);
  },
  // Below 0 the square is NaN, and so are its derivatives.
  (x, out) => where(lessEqual(like(x, 0), x), like(x, 1), out),
);

/** What moves or chooses cells, and the inputs that hold these: from which up to before which. */
const moved: { readonly [primitive: string]: readonly [number, number] } = {
  reshape: [0, 1],
  broadcastTo: [0, 1],
  transpose: [0, 1],
  flip: [0, 1],
  slice: [0, 1],
  pad: [0, 1],
  gather: [0, 1],
  concat: [0, 2],
  replaceRows: [0, 2],
  where: [1, 3],
};

/**
 * The square of x, if x is a square root or has cells of one: the chain rule would meet 0/0 at 0. Of
 * several inputs the others are squared as ever. `known` holds what was found, as a value may come to
 * x in many ways.
 */
function squareOfRoot(x: Tensor, known = new Map<Tensor, Tensor | undefined>()) {
  const { primitive, inputs, attributes } = x;
  if (primitive?.name === 'sqrt') return squaredRoot(inputs[0]);
  const cells = primitive && moved[primitive.name];
  if (!cells || known.has(x)) return known.get(x);
  const [from, to] = cells;
  const squares = inputs.slice(from, to).map((input) => squareOfRoot(input, known));
  if (squares.some(Boolean)) {
    const all = squares.map((square, i) => square ?? product(inputs[from + i], inputs[from + i]));
    known.set(x, Tensor.record(primitive, inputs.toSpliced(from, to - from, ...all), attributes));
  } else known.set(x, undefined);
  return known.get(x);
}

/** The hyperbolic tangent; its derivative 1 - tanh² is computed without that difference. */
export const tanh = mapUnary('tanh', kernelUnary('tanh'), (x) =>
  mul(like(x, 4), logisticDensity(mul(like(x, 2), x))),
);

/** The sine, in radians. */
export const sin: (x: Tensor) => Tensor = mapUnary('sin', kernelUnary('sin'), (x) => cos(x));
/** The cosine, in radians. */
export const cos: (x: Tensor) => Tensor = mapUnary('cos', kernelUnary('cos'), (x) => neg(sin(x)));

/** The absolute value; its derivative at 0 is 0. */
export const abs = mapUnary('abs', kernelUnary('abs'), (x) => sign(x));
/** -1, 0 or 1; its derivative is 0. */
export const sign = mapUnary('sign', kernelUnary('sign'), null);

/** The positive part; its derivative at 0, and at NaN, is 0. */
export const relu = mapUnary(
  'relu',
  (x) => binary('max', x, zero),
  (x) => less(like(x, 0), x),
);

/** 1 / (1 + exp(-x)), without overflow. */
export const sigmoid = mapUnary(
  'sigmoid',
  (x) => {
    const small = unary('exp', unary('neg', unary('abs', x)));
    const numerator = select(binary('less', x, zero), small, one);
    return binary('div', numerator, binary('add', one, small));
  },
  (x) => logisticDensity(x),
);

/**
 * exp(-x) / (1 + exp(-x))², the derivative of the sigmoid and the density of the logistic
 * distribution. As sigmoid (1 - sigmoid) it would lose all digits where the sigmoid is near 1.
 */
export const logisticDensity: (x: Tensor) => Tensor = mapUnary(
  'logisticDensity',
  (x) => {
    const small = unary('exp', unary('neg', unary('abs', x)));
    const whole = binary('add', one, small);
    return binary('div', small, binary('mul', whole, whole));
  },
  (x, out) => neg(mul(out, tanh(mul(like(x, 0.5), x)))),
);

/** log(1 + exp(x)), without overflow. */
export const softplus = mapUnary(
  'softplus',
  (x) => {
    const small = unary('exp', unary('neg', unary('abs', x)));
    return binary('add', binary('max', x, zero), unary('log1p', small));
  },
  (x) => sigmoid(x),
);

/** The constants of Klambauer et al. 2017, to double precision. */
const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

/** scale * (x if x > 0, else alpha (exp(x) - 1)); its derivative at 0 is that of the left side. */
export const selu = mapUnary(
  'selu',
  (x) => {
    const left = unary('expm1', binary('min', x, zero));
    const scaled = binary('mul', number(seluScale * seluAlpha), left);
    return select(binary('less', zero, x), binary('mul', number(seluScale), x), scaled);
  },
  (x) => seluSlope(x),
);

/** The derivative of selu, which is its own derivative up to 0; selu + scale alpha would cancel. */
export const seluSlope: (x: Tensor) => Tensor = mapUnary(
  'seluSlope',
  (x) => {
    const left = binary('mul', number(seluScale * seluAlpha), unary('exp', binary('min', x, zero)));
    return select(binary('less', zero, x), number(seluScale), left);
  },
  (x, out) => where(less(like(x, 0), x), like(x, 0), out),
);

const select3 = define({
  name: 'where',
  family: 'map',
  shape: (inputs) => equalShapes('where', inputs),
  cell: (position, [test, yes, no]) =>
    select(test.read(position), yes.read(position), no.read(position)),
  vjp: (ct, _out, [test]) => {
    const none = like(ct, 0);
    return [null, where(test, ct, none), where(test, none, ct)];
  },
});

/** `yes` where `test` is not 0, else `no`; `test` has no derivative. */
export function where(test: Tensor, yes: Tensor, no: Tensor): Tensor {
  return select3([test, yes, no], {});
}
