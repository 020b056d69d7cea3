/** @file The text of modules: an assembler makes the same code of it, whatever is compiled. */

import './relaxed-flag.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import openWabt from 'wabt';
import type { Plan } from '../../../../../src/autodiff/compile/plan.ts';
import { compilePlan } from '../../../../../src/autodiff/devices/simd/compile.ts';
import { parameterNames } from '../../../../../src/autodiff/devices/simd/convention.ts';
import { showWasmOf } from '../../../../../src/autodiff/devices/simd/show-wasm.ts';
import { type, wasmModule } from '../../../../../src/autodiff/devices/simd/wasm/module.ts';
import * as opcodes from '../../../../../src/autodiff/devices/simd/wasm/opcodes.ts';
import { wasmText } from '../../../../../src/autodiff/devices/simd/wasm/text.ts';
import { add, mul, planOf, sin, type Tensor, tensor } from '../../../../../src/autodiff/index.ts';
import { primitiveCases, solveCases } from '../../cases.ts';
import { results } from '../../conformance.ts';

const wabt = await openWabt();
const features = {
  simd: true,
  threads: true,
  relaxed_simd: true,
  bulk_memory: true,
  sat_float_to_int: true,
};

/** The bytes that an assembler makes of text. */
function assembled(text: string): Uint8Array<ArrayBuffer> {
  const module = wabt.parseWat('kernel.wat', text, features);
  try {
    return Uint8Array.from(module.toBinary({ canonicalize_lebs: true }).buffer);
  } finally {
    module.destroy();
  }
}

/** The content of the code section, the tenth. */
function codeOf(module: Uint8Array): Uint8Array {
  let at = 8;
  const unsigned = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < module.length) {
    const [id, length] = [module[at++], unsigned()];
    if (id === 10) return module.subarray(at, at + length);
    at += length;
  }
  throw new Error('the module has no code');
}

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** The instructions that stand in text, at the start of a line or behind a parenthesis. */
const instructionsIn = (text: string): string[] =>
  [...text.matchAll(/(?:^ *|\()([a-z][\w.]*)/gm)].flatMap(([, name]) =>
    /^(module|import|export|func|param|result|local|memory)$/.test(name) ? [] : [name],
  );

const seen = new Set<string>();

/** Fails unless the text of a module assembles to its code and to what it asks for and gives. */
function checkText(module: Uint8Array<ArrayBuffer>, names: readonly string[]): void {
  const text = wasmText(module, { names, parameters: parameterNames });
  for (const name of instructionsIn(text)) seen.add(name);
  const again = assembled(text);
  assert.ok(isSame(codeOf(again), codeOf(module)), text.slice(0, 2000));
  const [ours, theirs] = [module, again].map((bytes) => new WebAssembly.Module(bytes));
  assert.equal(WebAssembly.Module.imports(theirs), WebAssembly.Module.imports(ours));
  assert.equal(WebAssembly.Module.exports(theirs), WebAssembly.Module.exports(ours));
}

const targets = [false, true].flatMap((shared) =>
  [false, true].map((relaxed) => ({ shared, relaxed })),
);

test('the text of every primitive and its derivatives assembles to the code that runs', () => {
  const cases = [...primitiveCases([9, 33], [7, 1000]), ...solveCases([[9, 3]])];
  for (const each of cases) {
    const plan = planOf((inputs) => results({ ...each, inputs: inputs as Tensor[] }), each.inputs);
    for (const target of targets) {
      const { module, functions } = compilePlan(plan, target);
      checkText(module, functions);
    }
  }
});

/** Checks the text of one function of an integer. */
function checkBody(result: 'i32' | 'v128', ...parts: readonly (readonly number[])[]): void {
  const fn = { parameters: [type.i32], results: [type[result]], locals: [] };
  checkText(wasmModule([{ ...fn, name: 'n0', body: parts.flat() }], false), ['n0']);
}

test('instructions that few kernels have are written too, so that all there are have been', () => {
  const { op, localGet, integers, i32Const, memoryCopy, replaceIntegerLane } = opcodes;
  const get = localGet(0);
  checkBody('i32', get, get, get, memoryCopy, get);
  checkBody('i32', get, i32Const(0), op.i32Ne);
  checkBody('v128', integers([1, -1, 2 ** 30, -(2 ** 31)]), get, replaceIntegerLane(2));
  assert.is(seen.size, Object.keys(op).length);
});

test('constants keep their bits', () => {
  const { floats, doubles, i32Const } = opcodes;
  const numbers = [0, -0, 1, -1, 0.1, 1 / 3, 1e-30, 1e30, 2 ** -149, 2 ** -126, Math.PI];
  const others = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of [...numbers, ...others]) {
    checkBody('v128', floats(value));
    checkBody('v128', doubles(value));
  }
  for (const value of [0, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31)]) {
    checkBody('i32', i32Const(value));
  }
});

const line = (length: number): Tensor => tensor(new Float32Array(length), [length]);

test('the text of a kernel has its functions and what they call, and no others', () => {
  const fn = (x: Tensor, y: Tensor) => [sin(x), mul(y, y)];
  const plan: Plan = planOf(fn, line(40), line(50));
  assert.is(plan.kernels.length, 2);
  const [first, second] = [0, 1].map((kernel) =>
    showWasmOf(plan, kernel, { shared: true, relaxed: false }),
  );
  for (const text of [first, second]) {
    assert.ok(WebAssembly.validate(assembled(text)));
    assert.match(text, /^\(module\n {2}\(import "env" "memory" \(memory 0 65536 shared\)\)\n/);
  }
  const functionsOf = (text: string) =>
    [...text.matchAll(/\(func \$(\S+)/g)].map(([, name]) => name);
  assert.equal(functionsOf(first), ['env.sin', 'sin', 'n0']);
  assert.equal(functionsOf(second), ['n1']);
});

test('a sum of four cells, written out', () => {
  const plan = planOf((x, y) => add(x, y), line(4), line(4));
  const text = `
(module
  (import "env" "memory" (memory 0))
  (func $n0 (export "n0")
    (param $table i32) (param $scratch i32) (param $z.from i32) (param $z.to i32) (param $y.from i32) (param $y.to i32) (param $x.from i32) (param $x.to i32) (param $k.from i32) (param $k.to i32)
    (local i32 i32 i32 i32 i32 i32 i32)
    (local.set 10 (local.get $x.from))
    (local.set 12 (i32.add (local.tee 11 (i32.load offset=8 (local.get $table))) (i32.shl (local.get 10) (i32.const 2))))
    (local.set 14 (i32.add (local.tee 13 (i32.load (local.get $table))) (i32.shl (local.get 10) (i32.const 2))))
    (local.set 16 (i32.add (local.tee 15 (i32.load offset=4 (local.get $table))) (i32.shl (local.get 10) (i32.const 2))))
    (i32.lt_s (local.get 10) (i32.add (local.get $x.to) (i32.const -3)))
    if
      loop
        (v128.store align=4 (local.get 12) (f32x4.add (v128.load align=4 (local.get 14)) (v128.load align=4 (local.get 16))))
        (local.set 12 (i32.add (local.get 12) (i32.const 16)))
        (local.set 14 (i32.add (local.get 14) (i32.const 16)))
        (local.set 16 (i32.add (local.get 16) (i32.const 16)))
        (br_if 0 (i32.lt_s (local.tee 10 (i32.add (local.get 10) (i32.const 4))) (i32.add (local.get $x.to) (i32.const -3))))
      end
    end
  )
)`;
  assert.is(showWasmOf(plan, 0, { shared: false, relaxed: false }), text.trim());
});

test.run();
