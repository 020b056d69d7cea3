import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CellKind, defineCell, type GraphNode, Grid, inOrder } from '../../src/grid/index.ts';
import { number, sum } from './kinds.ts';
import { smallGrid } from './setup.ts';

/** A graph without a cycle, shuffled: a node takes some of those of smaller number. */
const acyclic = fc
  .array(fc.array(fc.nat(1000), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .chain((picks) => {
    const nodes = picks.map((inputs, n): GraphNode => {
      const ids = n === 0 ? [] : inputs.map((pick) => `n${pick % n}`);
      return { id: `n${n}`, inputs: Object.fromEntries(ids.map((id, i) => [`in${i}`, id])) };
    });
    return fc.shuffledSubarray(nodes, { minLength: nodes.length });
  });

const label = ({ id }: GraphNode) => id;

test('every cell comes after its inputs, and once', () => {
  fc.assert(
    fc.property(acyclic, (nodes) => {
      const ordered = inOrder([...nodes, ...nodes], label);
      assert.equal(ordered.map(label).sort(), nodes.map(label).sort());
      const place = new Map(ordered.map(({ id }, i) => [id, i]));
      for (const { id, inputs } of nodes) {
        for (const input of Object.values(inputs)) assert.ok(place.get(input)! < place.get(id)!);
      }
    }),
  );
});

test('inputs have one order, whatever the order in which they are given', () => {
  const [one, two] = [1, 2].map((value) => defineCell(number, { value }));
  const names = ['b', 'a', '10', 'B'];
  const cells = [names, [...names].reverse()].map((order) =>
    defineCell(sum, { scale: 1 }, Object.fromEntries(order.map((name) => [name, one]))),
  );
  assert.is(cells[0].id, cells[1].id);
  for (const { inputs } of cells) assert.equal(Object.keys(inputs), ['10', 'B', 'a', 'b']);
  assert.is.not(cells[0].id, defineCell(sum, { scale: 1 }, { a: two }).id);
});

test('cells that need not wait keep the order in which they are given', () => {
  const nodes = ['c', 'a', 'b'].map((id): GraphNode => ({ id, inputs: {} }));
  assert.equal(inOrder(nodes, label).map(label), ['c', 'a', 'b']);
});

test('a cycle is refused by the names of its cells', () => {
  fc.assert(
    fc.property(acyclic, fc.nat(), fc.nat(), (nodes, a, b) => {
      // Two nodes that take each other's results, or one that takes its own, close a cycle.
      const [first, second] = [nodes[a % nodes.length], nodes[b % nodes.length]];
      const changed = nodes.map((node) => {
        if (node === first) return { ...node, inputs: { ...node.inputs, extra: second.id } };
        if (node === second) return { ...node, inputs: { ...node.inputs, back: first.id } };
        return node;
      });
      const error = assertThrown(() => inOrder(changed, label));
      const circle = error.message.replace(/^.*circle: /, '').split(' -> ');
      assert.is(circle[0], circle.at(-1));
      for (const [i, id] of circle.slice(0, -1).entries()) {
        const node = changed.find((each) => each.id === id)!;
        assert.ok(Object.values(node.inputs).includes(circle[i + 1]), error.message);
      }
    }),
  );
});

function assertThrown(run: () => void): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  return assert.unreachable('nothing was thrown') as never;
}

test('an input that is not there is named, with the cell that takes it', () => {
  const { one, two, three } = smallGrid();
  assert.throws(
    () => new Grid([one, three]),
    (error: Error) =>
      error.message.startsWith(
        `sum ${three.id.slice(0, 12)} (scale=1, one ${one.id.slice(0, 12)}, two ` +
          `${two.id.slice(0, 12)}) takes two from cell ${two.id}`,
      ),
  );
});

test('a cell is its configuration, kind, version and inputs, and nothing else', () => {
  const { one, two, three } = smallGrid();
  const text =
    '{"config":{"scale":1},' +
    `"inputs":{"one":"${one.id}","two":"${two.id}"},"kind":"sum","version":2}`;
  assert.is(three.id, createHash('sha256').update(text).digest('hex'));
  assert.is(defineCell(sum, { scale: 1 }, { two, one }).id, three.id);
  assert.is(
    defineCell(number, { wait: 0, value: 1 }).id,
    defineCell(number, { value: 1, wait: 0 }).id,
  );
  const newer: CellKind = { ...sum, version: 3 };
  const others = [
    defineCell(sum, { scale: 1.0000000000000002 }, { one, two }),
    defineCell(sum, { scale: 1 }, { one }),
    defineCell(sum, { scale: 1 }, { one: two, two: one }),
    defineCell(newer, { scale: 1 }, { one, two }),
    defineCell({ ...sum, name: 'total' }, { scale: 1 }, { one, two }),
  ];
  assert.is(new Set([three, ...others].map(({ id }) => id)).size, 6);
});

test('a configuration cannot be changed after it was named, and must be plain', () => {
  const config = { value: 1, nested: { list: [1] } };
  const cell = defineCell({ ...number, name: 'nested' } as CellKind<typeof config>, config);
  config.nested.list.push(2);
  assert.equal(cell.config, { value: 1, nested: { list: [1] } });
  assert.throws(() => {
    (cell.config.nested as { list: number[] }).list.push(3);
  }, TypeError);
  assert.throws(() => defineCell(number, { value: Number.NaN }), /number: config\.value is NaN/);
  assert.throws(() => defineCell({ ...number, version: 0 }, { value: 1 }), /version is 0/);
  assert.throws(() => defineCell({ ...number, name: '../x' }, { value: 1 }), /"..\/x"/);
});

test('cells are found by the first digits of their ids', () => {
  const { one, cells } = smallGrid();
  const grid = new Grid(cells);
  assert.is(grid.find(one.id), one);
  assert.is(grid.find(one.id.slice(0, 12)), one);
  assert.throws(() => grid.find('xyz'), /no cell of this grid has the id xyz/);
  assert.throws(() => grid.find(''), /no cell/);
  const many = new Grid(Array.from({ length: 17 }, (_, value) => defineCell(number, { value })));
  const first = many.cells.map(({ id }) => id[0]);
  const twice = first.find((digit, i) => first.indexOf(digit) !== i)!;
  assert.throws(() => many.find(twice), /give more digits/);
});

test.run();
