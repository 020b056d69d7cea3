/** @file What users hand to operations: operands, options, sizes, trees; and a tensor's own words. */

import { inspect } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as autodiff from '../../../src/autodiff/index.ts';
import {
  adam,
  adamw,
  add,
  arange,
  broadcastTo,
  chain,
  checkGradients,
  clipByGlobalNorm,
  compile,
  concat,
  constantSchedule,
  cosineSchedule,
  directionalDerivative,
  distinctRows,
  dropUploads,
  equal,
  evaluate,
  exact,
  exp,
  flip,
  full,
  gather,
  grad,
  greater,
  hypergradient,
  indexTensor,
  jacobian,
  leaves,
  less,
  mapTree,
  matmul,
  max,
  mean,
  momentum,
  mul,
  normal,
  oneHot,
  openDevice,
  pad,
  readAll,
  release,
  reshape,
  rmsprop,
  rowIndex,
  ShapeError,
  scope,
  sddmm,
  segmentSum,
  setDefaultDevice,
  sgd,
  slice,
  solve,
  sparsePattern,
  spmm,
  square,
  sum,
  sumTo,
  type Tensor,
  type Tree,
  tensor,
  train,
  transpose,
  truncated,
  uniform,
  updateRows,
  upperTriangle,
  where,
} from '../../../src/autodiff/index.ts';
import { describe, leafPaths, rebuild } from '../../../src/autodiff/tape/tree.ts';

const reference = await openDevice('reference');
setDefaultDevice(reference);

const x = tensor([10, 20, 30]);

/** What a JavaScript user may write, behind the back of the types. */
// biome-ignore lint/suspicious/noExplicitAny: these calls are wrong on purpose
const any = (value: unknown): any => value;

async function refusal(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error(`nothing was refused by ${call}`);
}

test('operands that are no tensors are refused with the operation and the position', async () => {
  const wrong: [unknown, RegExp][] = [
    [undefined, /undefined/],
    [null, /null/],
    ['3', /the text "3"/],
    [true, /the boolean true/],
    [3n, /the bigint 3n/],
    [[1, 2, 3], /an array: make it one by tensor/],
    [Float64Array.of(1, 2, 3), /a Float64Array: make it one by tensor/],
    [Promise.resolve(x), /a Promise: await it first/],
    [{ x }, /an object/],
    [() => x, /a function/],
  ];
  const binary = { add, mul, less, equal, greater };
  for (const [operand, says] of wrong) {
    for (const [name, fn] of Object.entries(binary)) {
      for (const [position, args] of [
        [1, [operand, x]],
        [2, [x, operand]],
      ] as const) {
        const error = await refusal(() => fn(...(any(args) as [Tensor, Tensor])));
        assert.instance(error, ShapeError);
        assert.match(error.message, new RegExp(`^${name}: argument ${position}: .*${says.source}`));
      }
    }
    const others: [string, (operand: never) => unknown][] = [
      ['exp: argument 1', exp],
      ['sum: argument 1', sum],
      ['mean: argument 1', mean],
      ['max: argument 1', max],
      ['reshape: argument 1', (y) => reshape(y, [3])],
      ['broadcastTo: argument 1', (y) => broadcastTo(y, [3])],
      ['sumTo: argument 1', (y) => sumTo(y, [3])],
      ['transpose: argument 1', transpose],
      ['slice: argument 1', (y) => slice(y, [0], [1])],
      ['concat: argument 2', (y) => concat(x, y, 0)],
      ['matmul: argument 2', (y) => matmul(tensor([[1]]), y)],
      ['where: argument 1', (y) => where(y, 1, 2)],
      ['where: argument 3', (y) => where(x, 1, y)],
      ['gather: argument 1', (y) => gather(y, rowIndex(Int32Array.of(0), 3))],
      ['solve: argument 2', (y) => solve(tensor([[1]]), y)],
    ];
    for (const [names, fn] of others) {
      const error = await refusal(() => fn(any(operand) as never));
      assert.instance(error, ShapeError);
      assert.match(error.message, new RegExp(`^${names}: .*${says.source}`));
    }
  }
});

test('numbers are operands wherever operations broadcast', async () => {
  assert.equal(await add(1, x).array(), [11, 21, 31]);
  assert.is(await add(1, 2).item(), 3);
  assert.equal(await greater(x, 15).array(), [0, 1, 1]);
  assert.equal(await where(less(x, 15), 1, 0).array(), [1, 0, 0]);
  assert.is(await square(3).item(), 9);
});

test("JavaScript's own arithmetic on a tensor names the mend", async () => {
  const t = any(x);
  const arithmetic: (() => unknown)[] = [
    () => t + t,
    () => 0.1 * t,
    () => t - 1,
    () => t > 1,
    () => t <= t,
    () => -t,
    // biome-ignore lint/suspicious/noDoubleEquals: this is what is tested
    () => t == 3,
    () => Number(t),
    () => t.valueOf(),
    () => Math.max(t, 1),
  ];
  for (const compute of arithmetic) {
    const error = await refusal(compute);
    assert.instance(error, TypeError);
    assert.match(error.message, /mul\(x, y\).*greater\(x, y\)/);
  }
  for (const text of [() => `${t}`, () => String(t), () => t.toString(), () => [t].join()]) {
    assert.match((await refusal(text)).message, /x\.array\(\)/);
  }
  assert.match((await refusal(() => JSON.stringify({ t }))).message, /x\.array\(\)/);
});

test('a tensor prints its shape, its kind, where its numbers are, and few numbers', async () => {
  assert.is(
    inspect(
      tensor([
        [1, -0],
        [Number.NaN, 2.5],
      ]),
    ),
    'Tensor [2,2] real, on the host: [[1, -0], [NaN, 2.5]]',
  );
  assert.is(inspect({ a: tensor(3) }), '{ a: Tensor [] real, on the host: 3 }');
  assert.is(inspect(tensor(new Float32Array(1000))), 'Tensor [1000] real, on the host');
  assert.is(inspect(indexTensor(Int32Array.of(4))), 'Tensor [1] index, on the host: [4]');
  assert.is(inspect(exp(x)), 'Tensor [3] real, not computed: exp');
  const computed = await evaluate(exp(x));
  assert.is(inspect(computed), 'Tensor [3] real, on reference');
  release(computed);
  assert.is(inspect(computed), 'Tensor [3] real, without numbers after it was released');
  let traced = '';
  await compile(({ w }: { w: Tensor }) => {
    traced = inspect(w);
    return w;
  })({ w: x });
  assert.is(traced, 'Tensor [3] real, without numbers: argument 1 of compile.w');
});

test('unknown options are refused, with the name that was meant', async () => {
  const problem = {
    inputs: x,
    init: () => x,
    step: (w: Tensor) => w,
    steps: 1,
    objective: (w: Tensor) => sum(w),
  };
  const calls: [RegExp, () => unknown][] = [
    [
      /^sum: unknown option keepdims; did you mean keepDims\?/,
      () => sum(x, 0, any({ keepdims: true })),
    ],
    [
      /^mean: unknown option keepdim; did you mean keepDims/,
      () => mean(x, 0, any({ keepdim: true })),
    ],
    [/^max: unknown option axis/, () => max(x, 0, any({ axis: 0 }))],
    [
      /^max: expected options such as { keepDims: … }, got the boolean true/,
      () => max(x, 0, any(true)),
    ],
    [/^matmul: .*did you mean transposeA\?/, () => matmul(x, x, any({ transpose_a: true }))],
    [/^openDevice: .*did you mean threads\?/, () => openDevice('simd', any({ thread: 2 }))],
    [/^checkGradients: .*did you mean tolerance\?/, () => checkGradients(sum, x, any({ tol: 1 }))],
    [/^evaluate: .*did you mean device\?/, () => evaluate(x, any({ devices: reference }))],
    [/^readAll: unknown option on/, () => readAll(x, any({ on: reference }))],
    [
      /^compile: .*did you mean device\?/,
      () => compile((y: Tensor) => exp(y), any({ Device: reference })),
    ],
    [/^hypergradient: .*did you mean method\?/, () => hypergradient(problem, any({ methods: 1 }))],
    [/^directionalDerivative: /, () => directionalDerivative(problem, x, any({ dev: reference }))],
    [/^train: .*did you mean every\?/, () => train(problem, x, reference, any({ evry: 2 }))],
    [/^exact: .*did you mean checkpoints\?/, () => exact(any({ checkpoint: 2 }))],
    [/^truncated: /, () => truncated(1, any({ bytes: 2 }))],
    [/^checkpoints: .*did you mean bytes\?/, () => exact(any({ checkpoints: { byte: 2 } }))],
  ];
  for (const [says, call] of calls) {
    const error = await refusal(call);
    assert.instance(error, TypeError);
    assert.match(error.message, says);
  }
});

test('sizes and addresses are whole numbers from 0, or the operation is named', async () => {
  const square4 = tensor([1, 2, 3, 4]);
  const matrix = tensor([
    [1, 2],
    [3, 4],
  ]);
  const three = rowIndex(Int32Array.of(0, 1, 1), 2);
  const indices = Int32Array.of(0, 1);
  const diagonal = sparsePattern({ rows: 2, columns: 2, indptr: Int32Array.of(0, 1, 2), indices });
  const csr = (indptr: number[], indices: number[], rows = 2, columns = 3) => ({
    rows,
    columns,
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
  });
  const calls: [RegExp, () => unknown][] = [
    [/^slice: start/, () => slice(x, [0.5], [1])],
    [/^slice: size/, () => slice(x, [0], [1.5])],
    [/^slice: start/, () => slice(x, [], [])],
    [/^slice: size/, () => slice(x, [0], any(1))],
    [/^slice/, () => slice(x, [2], [2])],
    [/^slice/, () => slice(x, [0], [-1])],
    [/^reshape/, () => reshape(square4, [-2, -2])],
    [/^reshape/, () => reshape(tensor([1, 2, 3, 4, 5]), [2.5, 2])],
    [/^reshape/, () => reshape(square4, any(4))],
    [/^reshape/, () => reshape(square4, any(['4']))],
    [/^full/, () => full([-2], 1)],
    [/^full/, () => full([1.5], 1)],
    [/^full/, () => full(any(3), 1)],
    [/^full: expected a number/, () => full([3], any(x))],
    [/^tensor/, () => tensor([1, 2], [0.5, 4])],
    [/^tensor/, () => tensor([1, 2], [-1, -2])],
    [/^tensor/, () => tensor(Float64Array.of(1, 2), any(2))],
    [/^broadcastTo/, () => broadcastTo(tensor([1]), [-3])],
    [/^broadcastTo/, () => broadcastTo(tensor([1]), [1.5])],
    [/^broadcastTo/, () => broadcastTo(tensor([1]), any(3))],
    [/^sumTo/, () => sumTo(tensor([1, 2, 3, 4, 5, 6]), [2, 3])],
    [/^pad: before/, () => pad(x, [0.5], [1])],
    [/^pad/, () => pad(x, [-1], [1])],
    [/^pad: after/, () => pad(x, [1], any(undefined))],
    [/^transpose/, () => transpose(matrix, [0, 1.5])],
    [/^transpose/, () => transpose(matrix, [0, 0])],
    [/^transpose/, () => transpose(matrix, any(1))],
    [/^flip/, () => flip(matrix, [0.5])],
    [/^flip/, () => flip(matrix, [0, 0])],
    [/^flip/, () => flip(matrix, any('0'))],
    [/^concat/, () => concat(x, x, 0.5)],
    [/^sum: axis 0.5/, () => sum(matrix, 0.5)],
    [/^sum/, () => sum(matrix, any('0'))],
    [/^upperTriangle/, () => upperTriangle(matrix, any('1'))],
    [/^rowIndex/, () => rowIndex(any(Float64Array.of(0.5, 1.9)), 3)],
    [/^rowIndex/, () => rowIndex(any([0, 1]), 3)],
    [/^rowIndex/, () => rowIndex(Int32Array.of(3), 3)],
    [/^rowIndex: the number of rows/, () => rowIndex(Int32Array.of(0), 1.5)],
    [/^indexTensor/, () => indexTensor(any(Float64Array.of(0.5)))],
    [/^distinctRows: capacity/, () => distinctRows(Int32Array.of(0), 3, 1.5)],
    [/^gather: .* rowIndex/, () => gather(x, any(indexTensor(Int32Array.of(0))))],
    [
      /^gather: .*a real tensor as its index/,
      () => gather(x, { ...rowIndex(Int32Array.of(0), 3), index: tensor([0]) }),
    ],
    [
      /^gather: the index has index \[2\] and order \[3\], which one call did not make/,
      () => gather(matrix, { ...rowIndex(Int32Array.of(0, 1), 2), order: three.order }),
    ],
    [
      /^segmentSum: the index has index \[2\] and order \[3\]/,
      () => segmentSum(matrix, { ...rowIndex(Int32Array.of(0, 1), 2), order: three.order }),
    ],
    [
      /^sddmm: the index has row \[2\] and order \[3\]/,
      () => sddmm({ ...diagonal, order: three.order }, matrix, matrix),
    ],
    [
      /^spmm: the index has row \[2\] and column \[3\]/,
      () => spmm({ ...diagonal, column: three.index }, tensor([1, 2]), matrix),
    ],
    [/^spmm: .*undefined as its rowStart/, () => spmm(any({}), x, matrix)],
    [/^sparsePattern: indptr/, () => sparsePattern(csr([0, 1], [0]))],
    [/^sparsePattern: indptr/, () => sparsePattern(csr([0, 1, 3], [0, 1]))],
    [/^sparsePattern: indptr/, () => sparsePattern(csr([1, 1, 2], [0, 1]))],
    [/^sparsePattern: indptr falls after row 1/, () => sparsePattern(csr([0, 2, 1, 2], [0, 1], 3))],
    [/^sparsePattern: row 1: .* got 3/, () => sparsePattern(csr([0, 1, 2], [0, 3]))],
    [/^sparsePattern: row 1: .* got -1/, () => sparsePattern(csr([0, 1, 2], [0, -1]))],
    [/^sparsePattern: rows and columns/, () => sparsePattern(csr([0, 1, 2], [0, 1], 2, 2.5))],
    [/^sparsePattern: capacity/, () => sparsePattern(csr([0, 1, 2], [0, 1]), 2.5)],
    [/^solve: .*make b \[2,1\]/, () => solve(matrix, tensor([1, 2]))],
    [/^tensor: .*"abc"/, () => tensor(any('abc'))],
    [/^tensor: .*the boolean true/, () => tensor(any([true]))],
    [/^tensor: .*undefined/, () => tensor(any(undefined))],
    [/^tensor: .*a Tensor; concat/, () => tensor(any([x, x]))],
    [/^tensor: .*a BigInt64Array/, () => tensor(any(BigInt64Array.of(1n)))],
  ];
  for (const [says, call] of calls) {
    const error = await refusal(call);
    assert.instance(error, ShapeError, `${call}`);
    assert.match(error.message, says);
  }
});

test('anything but tensors in a tree is refused with its path', async () => {
  const fn = (tree: Tree) => sum(square(leaves(tree)[0]));
  const wrong: [unknown, RegExp][] = [
    [3, /: expected a tensor, got 3: write tensor\(3\)/],
    [undefined, /: expected a tensor, got undefined/],
    [{ a: [x, { b: 2 }] }, /: expected a tensor at a\.1\.b, got 2: write tensor\(2\)/],
    [{ a: x, b: [1, 2] }, /: expected a tensor at b\.0, got 1/],
    [
      { a: Float64Array.of(1) },
      /: expected a tensor at a, got a Float64Array: make it one by tensor/,
    ],
    [{ a: Promise.resolve(x) }, /: expected a tensor at a, got a Promise: await it/],
    [new Map([['a', x]]), /: expected a tensor, got a Map/],
  ];
  for (const [tree, says] of wrong) {
    const calls: [string, () => unknown][] = [
      ['grad', () => grad(fn)(any(tree))],
      ['evaluate', () => evaluate(any(tree))],
      ['compile', () => compile(fn)(any(tree))],
      ['readAll', () => readAll(any(tree))],
      ['mapTree', () => mapTree((leaf) => leaf, any(tree))],
      ['release', () => release(any(tree))],
      ['checkGradients: inputs', () => checkGradients(fn, any(tree))],
    ];
    for (const [name, call] of calls) {
      const error = await refusal(call);
      assert.instance(error, ShapeError);
      assert.match(error.message, new RegExp(`^${name}${says.source}`));
    }
  }
  const results: [RegExp, () => unknown][] = [
    [/^grad: the result of fn: .*3/, () => grad(() => any(3))(x)],
    [/^grad: the result of fn: .*a Promise/, () => grad(any(async () => x))(x)],
    [
      /^grad: the result of fn: expected a scalar, got \(\[\]\)/,
      () => grad(() => any([sum(x)]))(x),
    ],
    [/^compile: its result: .*undefined/, () => compile(() => any(undefined))()],
    [/^compile: its result: .*a Promise/, () => compile(any(async (y: Tensor) => y))(x)],
    [/^checkGradients: .*3/, () => checkGradients(() => any(3), x)],
  ];
  for (const [says, call] of results) assert.match((await refusal(call)).message, says);
});

test('trees that contain themselves are refused', async () => {
  const tree: Record<string, unknown> = { x };
  tree.more = [tree];
  assert.match((await refusal(() => grad(any(sum))(any(tree)))).message, /contain itself/);
});

test('a tree nested 20,000 deep is differentiated, compared and described', async () => {
  let tree: Tree = [tensor(3), tensor(4)];
  for (let i = 0; i < 20_000; i++) tree = i % 2 === 0 ? { a: tree } : [tree];
  const product = (at: Tree) => {
    const [a, b] = leaves(at);
    return mul(a, b);
  };
  const gradient = grad(product)(tree);
  assert.is(describe(gradient), describe(tree));
  assert.is(leafPaths(gradient)[1].split('.').length, 20_001);
  const numbers = await readAll(mapTree((a, b) => add(a, b), gradient, tree));
  assert.equal(
    numbers.map(([n]) => n),
    [7, 7],
  );
  const slopes = leaves(jacobian((at: Tree) => [product(at)])(tree) as unknown as Tree);
  assert.equal(
    (await readAll(slopes)).map(([n]) => n),
    [4, 3],
  );
  const [value] = await readAll(await compile(product)(tree));
  assert.is(value[0], 12);
});

test('1,500 concats one by one, and 100,000 operations, are differentiated', async () => {
  let joined = tensor([1, 2]);
  const total = (y: Tensor) => {
    joined = y;
    for (let i = 0; i < 1500; i++) joined = concat(joined, y, 0);
    return sum(square(joined));
  };
  // 1501 (1² + 2²) and its derivative.
  assert.is(await total(tensor([1, 2])).item(), 1501 * 5);
  assert.equal(await grad(total)(tensor([1, 2])).array(), [1501 * 2, 1501 * 4]);
  const long = (y: Tensor) => {
    let z = y;
    for (let i = 0; i < 50_000; i++) z = add(mul(z, 1), 1);
    return z;
  };
  assert.is(await grad(long)(tensor(2)).item(), 1);
  assert.is(await long(tensor(2)).item(), 50_002);
});

test('trees are rebuilt and told apart by structure, whatever their names', () => {
  const key = fc.oneof(fc.constantFrom('a', 'b', 'a:[],b', '{', ')', '', '1', 'ü'), fc.string());
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constant(tensor(1)),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(
        key.filter((name) => name !== '__proto__'),
        tie('tree'),
        { maxKeys: 3, noNullPrototype: true },
      ),
    ),
  }));
  /** JSON of a tree, another way to tell structures apart. */
  const json = (node: Tree): unknown => {
    if (leaves(node).length === 1 && leaves(node)[0] === node) return 0;
    if (Array.isArray(node)) return node.map(json);
    const entries = Object.entries(node as { [name: string]: Tree }).sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
    return { fields: entries.map(([name, child]) => [name, json(child)]) };
  };
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      assert.is(describe(a) === describe(b), JSON.stringify(json(a)) === JSON.stringify(json(b)));
      const fresh = leaves(a).map((_, i) => tensor(i));
      const again = rebuild(a, fresh);
      assert.is(describe(again), describe(a));
      leaves(again).forEach((leaf, i) => {
        assert.ok(leaf === fresh[i]);
      });
    }),
  );
});

test('no operation meets wrong arguments with an error of the engine', async () => {
  const later = [
    'Turns',
    'compile',
    'defaultDevice',
    'openDevice',
    'planOf',
    'primitive',
    'scope',
    'tapeOf',
  ];
  const asynchronous = [
    'attribution',
    'compareHypergradients',
    'outerHvp',
    'checkFunction',
    'checkGradients',
    'directionalDerivative',
    'explainNonFinite',
    'evaluate',
    'hypergradient',
    'hypergradients',
    'tapeValues',
  ];
  const others = [
    'dropUploads',
    'readAll',
    'setDefaultDevice',
    'showNests',
    'showPlan',
    'showComparison',
    'showTape',
    'kernelSource',
    'planCells',
  ];
  const left = new Set([
    ...later,
    ...asynchronous,
    ...others,
    'compiledPlans',
    'train',
    'updateRows',
  ]);
  const matrix = tensor([
    [1, 2],
    [3, 4],
  ]);
  const garbage = [
    undefined,
    null,
    3,
    -1,
    0.5,
    Number.NaN,
    'abc',
    '',
    true,
    10n,
    [],
    [1, 2],
    ['a'],
    {},
    { a: 1 },
    () => x,
    new Map(),
    x,
    matrix,
    [x, x],
    [undefined],
    Float64Array.of(1, 2),
    Int32Array.of(0, 1),
  ];
  const lists = garbage.flatMap((a) => [
    [a],
    [x, a],
    ...garbage.flatMap((b) => [
      [a, b],
      [matrix, a, b],
    ]),
  ]);
  const ours = (error: Error) =>
    error instanceof ShapeError || /^[a-zA-Z ()]+: |^a tensor |JavaScript's/.test(error.message);
  const calls = Object.entries(autodiff).filter(
    ([name, fn]) => typeof fn === 'function' && !/^[A-Z]/.test(name) && !left.has(name),
  );
  assert.ok(calls.length > 80);
  for (const [name, fn] of calls) {
    for (const args of [[], ...lists]) {
      try {
        const result = any(fn)(...args);
        if (typeof result === 'function') for (const a of garbage) result(a);
      } catch (error) {
        assert.ok(ours(error as Error), `${name}: ${(error as Error).stack}`);
      }
    }
  }
});

test('random numbers are drawn between finite numbers', () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => uniform(1, [2], '1' as never, 2), /uniform: low: expected a finite number, got .*"1"/],
    [() => uniform(1, [2], 0, Infinity), /uniform: high: expected a finite number/],
    [() => uniform(1, [2], 1, 0), /uniform: expected low <= high, .* got 1 and 0/],
    [() => uniform(1, [2], -1.7e308, 1.7e308), /uniform: .* a finite distance apart, got -1.7e/],
    [() => normal(1, [2], '3' as never), /normal: mean: expected a finite number/],
    [() => normal(1, [2], 0, Number.NaN), /normal: deviation: expected a finite number/],
  ];
  for (const [fn, message] of wrong) {
    assert.throws(fn, (error: Error) => error instanceof ShapeError && message.test(error.message));
  }
});

test('options of another kind than their name says are refused', async () => {
  const x = tensor([[1, 2]]);
  const problem = {
    inputs: x,
    init: (at: Tensor) => at,
    step: (state: Tensor) => state,
    steps: 1,
    objective: (state: Tensor) => sum(state),
  };
  const run = (options: object) => hypergradient(problem, { device: reference, ...options });
  const wrong: readonly [what: string, call: () => unknown, message: RegExp][] = [
    // JavaScript takes the text for a yes.
    ['sum', () => sum(x, 0, { keepDims: 'false' as never }), /^sum: keepDims: expected true or f/],
    [
      'matmul',
      () => matmul(x, x, { transposeB: 1 as never }),
      /^matmul: transposeB: expected true/,
    ],
    [
      'momentum',
      () => momentum({ learningRate: 1, momentum: 0.9, nesterov: 'no' as never }),
      /nest/,
    ],
    [
      'rmsprop',
      () => rmsprop({ learningRate: 1, centered: 0 as never }),
      /^rmsprop: centered: expe/,
    ],
    ['signal', () => run({ signal: 3 }), /^hypergradient: signal: expected an AbortSignal, got 3/],
    [
      'onProgress',
      () => run({ onProgress: 'yes' }),
      /onProgress: expected a function, got the text/,
    ],
    [
      'bytes',
      () => exact({ checkpoints: { bytes: Number.NaN } }),
      /checkpoints: bytes: expected a n/,
    ],
    ['no bytes', () => exact({ checkpoints: {} as never }), /checkpoints: bytes: .* got undefined/],
    ['text', () => exact({ checkpoints: '2' as never }), /^checkpoints: expected options such as/],
    [
      'rate',
      () => sgd({ learningRate: '0.1' as never }),
      /^sgd: learningRate: expected a number or/,
    ],
    [
      'betas',
      () => adam({ learningRate: 1, betas: [0.9] as never }),
      /^adam: betas: .* list of two/,
    ],
    [
      'a beta',
      () => adam({ learningRate: 1, betas: [0.9, '1'] as never }),
      /^adam: betas: .* text/,
    ],
    ['decay', () => adamw({ learningRate: 1, weightDecay: null as never }), /weightDecay: .* null/],
    ['chain', () => (chain as (...parts: unknown[]) => unknown)(), /^chain: expected an optimiser/],
    ['order', () => chain(sgd({ learningRate: 1 }), clipByGlobalNorm(1)), /^chain: .* as the last/],
    ['scope', () => scope(3 as never), /^scope: expected a function, got 3/],
    [
      'device',
      () => evaluate(x, { device: 'simd' as never }),
      /^evaluate: expected a device, .* text/,
    ],
    [
      'tolerance',
      () => checkGradients(sum, x, { tolerance: '1' as never }),
      /tolerance: expected a n/,
    ],
    ['threads', () => openDevice('simd', { threads: 1e9 }), /expected 1 to 512 threads, got 10000/],
    ['classes', () => oneHot(['1'] as never, 3), /^oneHot: expected classes 0 to 2, got the text/],
    ['size', () => evaluate(full([3e9], 1), { device: reference }), /^reference: 3000000000 cells/],
    ['count', () => arange(1e12), /^arange: 1000000000000 numbers are too many/],
    [
      'every',
      () => train(problem, x, reference, { every: 0 }),
      /^train: every: expected a whole numb/,
    ],
    ['part', () => train(problem, x, reference, { every: 1.5 }), /^train: every: .* got 1.5/],
    ['uploads', () => dropUploads('simd' as never, x), /^dropUploads: expected a device/],
    [
      'schedule',
      () => cosineSchedule({ start: 1, steps: '5' as never }),
      /^cosineSchedule: steps: ex/,
    ],
    [
      'constant',
      () => constantSchedule({} as never),
      /^constantSchedule: value: expected a number/,
    ],
    ['ranges', () => slice(x, { 0: [0, 1], [-2]: [0, 1] }), /^slice: axis 0 has two ranges/],
    ['axis', () => slice(x, { a: 0 } as never), /^slice: expected numbers of axes, got a/],
  ];
  for (const [what, call, message] of wrong) {
    const error = await Promise.resolve()
      .then(call)
      .then(
        () => undefined,
        (thrown: Error) => thrown,
      );
    assert.match(error?.message ?? 'no error', message, what);
  }
});

test('arrays of another realm, of subclasses and of shared memory are arrays', async () => {
  const other = createContext({});
  const there = (code: string) => runInContext(code, other);
  assert.equal(await tensor(there('[[1, 2], [3, 4]]')).array(), [
    [1, 2],
    [3, 4],
  ]);
  for (const kind of ['Float64Array', 'Float32Array', 'Int32Array']) {
    const typed = there(`new ${kind}([9, 1, 2]).subarray(1)`);
    assert.equal(await mul(tensor(typed), 2).array(), [2, 4], kind);
  }
  const index = rowIndex(there('new Int32Array([1, 0])'), 2);
  assert.equal(await gather(tensor([5, 6]), index).array(), [6, 5]);
  const rows = there(
    '({ rows: 1, columns: 2, indptr: new Int32Array([0, 1]), indices: new Int32Array([1]) })',
  );
  assert.equal(await spmm(sparsePattern(rows), tensor([3]), tensor([[1], [2]])).array(), [[6]]);
  class Named extends Float64Array {}
  assert.equal(await mul(tensor(Named.of(1, 2)), 2).array(), [2, 4]);
  const shared = new Float32Array(new SharedArrayBuffer(8));
  shared.set([1, 2]);
  assert.equal(await mul(tensor(shared), 2).array(), [2, 4]);
  for (const typed of [BigInt64Array.of(1n), Uint8ClampedArray.of(1), Uint8Array.of(1)]) {
    assert.throws(
      () => tensor(typed as never),
      new RegExp(
        `got a ${typed.constructor.name}; Float64Array.from\\(numbers, Number\\) is taken`,
      ),
    );
  }
});

test('a field called __proto__ is a field, and addresses have no derivative', async () => {
  const tree = JSON.parse('{"__proto__": 1, "constructor": 2}');
  for (const name of Object.keys(tree)) {
    const field = {
      value: tensor(tree[name]),
      enumerable: true,
      writable: true,
      configurable: true,
    };
    Object.defineProperty(tree, name, field);
  }
  const slope = grad((at: Tree) =>
    leaves(at).reduce((total, x) => add(total, square(x)), full([], 0)),
  )(tree);
  assert.equal(Object.keys(slope).sort(), ['__proto__', 'constructor']);
  assert.equal(
    (await readAll(slope)).map(([number]) => number),
    [2, 4],
  );
  const addresses = indexTensor(Int32Array.of(1, 2));
  assert.equal(await grad((at: Tensor) => sum(mul(at, 3)))(addresses).array(), [0, 0]);
});

test('trees that are zipped have one structure', async () => {
  const tables = await evaluate({ a: exp(x), b: exp(x) });
  const at = distinctRows(Int32Array.of(1), 3);
  const rows = { a: tensor([1]), c: tensor([1]) };
  assert.match(
    (await refusal(() => updateRows(tables, at, any(rows)))).message,
    /^updateRows: rows/,
  );
});

test.run();
