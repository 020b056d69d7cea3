/** @file What the campaigns found, one case of each kind. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Expression } from '../../src/autodiff/kernel/expression.ts';
import type { Index } from '../../src/autodiff/kernel/index-expression.ts';
import { javascript, printCell } from '../../src/autodiff/kernel/print.ts';
import { readDataFolder, readInteractions } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';
import { readFakes, readFixture, writeFakes } from '../../src/eval/index.ts';
import { parseAddress } from '../../src/lab/index.ts';
import { failure, temporaryFolder } from '../data/temporary.ts';
import { hypertape } from './command.ts';
import { makeSandbox } from './sandbox.ts';

const root = temporaryFolder();
const { data, fakes } = await makeSandbox(root);

function refuses(error: Error, expected: RegExp): void {
  assert.instance(error, UserError);
  assert.match(error.message, expected);
  assert.not.match(error.message, '\n');
}

test('a data folder whose lists of ids were changed', async () => {
  assert.is((await readDataFolder(data)).items?.[5], 'i5');
  for (const [file, from, to] of [
    ['items.txt', 'i5', 'i6'],
    ['users.txt', '13', '0x10'],
  ]) {
    const path = join(data, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(from, to));
    refuses(await failure(readDataFolder(data)), /train\.csv: its clicks or their ids are not/);
    writeFileSync(path, text);
  }
});

test('fake users whose record names a target twice', async () => {
  const readData = await readDataFolder(data);
  const stored = await readFakes(fakes, readData);
  const path = join(dirname(fakes), 'fakes.json');
  const text = readFileSync(path, 'utf8');
  const record = JSON.parse(text);
  assert.equal(stored.record?.targets, record.targets);
  record.targets.push(record.targets[0]);
  delete record.record;
  writeFileSync(path, JSON.stringify(record));
  const again = readFakes(fakes, readData);
  refuses(await failure(again), /fakes\.json: field targets: item \d+ twice/);
  writeFileSync(path, text);
});

test('JSON whose error quotes a line feed of the file', async () => {
  const meta = join(data, 'meta.json');
  const text = readFileSync(meta, 'utf8');
  writeFileSync(meta, text.replace(': 7,\n', ': : 7,\n'));
  refuses(await failure(readDataFolder(data)), /meta\.json: not JSON/);
  writeFileSync(meta, text);
  const path = join(root, 'broken.json');
  writeFileSync(path, '{\n "fake_users": : {\n},\n "target_items": []}');
  refuses(await failure(readInteractions(path, 'vat')), /broken\.json: not JSON/);
  refuses(await failure(readFixture(path)), /broken\.json: cannot read it as JSON/);
});

test('ratings that float64 does not hold', async () => {
  const path = join(root, 'ratings.txt');
  for (const rating of ['1e309', '-1e309', '1e-400']) {
    writeFileSync(path, `1 1 5\n1 2 ${rating}\n2 1 3\n`);
    refuses(await failure(readInteractions(path, 'sdlib')), /line 2: expected a rating/);
  }
  writeFileSync(path, '1 1 5\n1 2 1e308\n2 1 0e-400\n');
  const { understood } = await readInteractions(path, 'sdlib');
  assert.equal(understood.ratings, { least: 0, greatest: 1e308, distinct: 3 });
});

test('JSON with a key twice, whose first value would be lost, or with a name that readers drop', async () => {
  const path = join(root, 'keys.json');
  for (const [users, expected] of [
    ['"f0": ["i1"], "f0": ["i2"]', /keys\.json: the key "f0" comes twice/],
    ['"f0": ["i1"], "\\u00660": ["i2"]', /keys\.json: the key "f0" comes twice/],
    ['"__proto__": ["i1"]', /keys\.json: a key __proto__/],
  ] as const) {
    writeFileSync(path, `{"fake_users": {${users}}, "target_items": ["i1"]}`);
    refuses(await failure(readInteractions(path, 'vat')), expected);
    refuses(await failure(readFixture(path)), expected);
  }
  // The same name in two objects, or as a value, is none that comes twice.
  writeFileSync(path, '{"fake_users": {"f0": ["f0:"], "f1": ["f0:"]}, "target_items": []}');
  const { users, items } = await readInteractions(path, 'vat');
  assert.equal([users, items], [['f0', 'f1'], ['f0:']]);
});

test('a record of fake users of which anything was changed', async () => {
  const readData = await readDataFolder(data);
  const path = join(dirname(fakes), 'fakes.json');
  const text = readFileSync(path, 'utf8');
  const record = JSON.parse(text);
  const changes: [(changed: typeof record) => void, RegExp][] = [
    [({ labels }) => labels.pop(), /field labels: expected 2 names/],
    [({ labels }) => labels.fill('fake-0'), /field labels: expected 2 names/],
    [({ labels }) => labels.fill('10', 0, 1), /field labels: .* that no user has/],
    [({ targets }) => targets[0].item--, /field targets: item \d is "i\d" in the data, not "i\d"/],
    [(changed) => Object.assign(changed, { attack: 'bandwagon', seed: 1 }), /none/],
  ];
  for (const [change, expected] of changes) {
    const changed = structuredClone(record);
    change(changed);
    writeFileSync(path, JSON.stringify(changed));
    refuses(await failure(readFakes(fakes, readData)), /fakes\.json: field record: its digest/);
    // Whoever takes the digest out vouches for what it says, as far as it can be so.
    delete changed.record;
    writeFileSync(path, JSON.stringify(changed));
    if (expected.source === 'none') {
      assert.is((await readFakes(fakes, readData)).record?.attack, 'bandwagon');
    } else refuses(await failure(readFakes(fakes, readData)), expected);
  }
  writeFileSync(path, text);
});

test('fake users have names that no user has', async () => {
  const readData = await readDataFolder(data);
  const { fakes: clicks } = await readFakes(fakes, readData);
  const users = readData.users?.with(0, 'fake-1').with(1, 'hypertape-fake-0');
  const path = join(root, 'named.npz');
  const settings = { attack: 'any', settings: {}, goal: 'untargeted', seed: 1 } as const;
  const lengths = Int32Array.of(6, 6);
  await writeFakes(
    path,
    clicks,
    { ...readData, users },
    {
      ...settings,
      targets: [],
      budget: { lengths, allowance: 'free' },
    },
  );
  const { record } = await readFakes(path, { ...readData, users });
  assert.equal(record?.labels, ['hypertape-hypertape-fake-0', 'hypertape-hypertape-fake-1']);
});

test('fake users of other data, by detect and defend', async () => {
  const other = join(root, 'other');
  const source = join(root, 'other.csv');
  const rows = readFileSync(join(root, 'source.csv'), 'utf8').trimEnd().split('\n');
  // The same users and items; one click is another.
  const taken = new Set(rows);
  const free = ['i0', 'i1', 'i2', 'i3', 'i4', 'i5'].find((item) => !taken.has(`10,${item}`));
  writeFileSync(source, `${rows.with(1, `10,${free}`).join('\n')}\n`);
  const prepare = ['data', 'prepare', source, '--format', 'csv', '--min-interactions', '1'];
  const { status, stderr } = await hypertape([...prepare, '--holdout', '0.3', '--out', other]);
  assert.is(status, 0, stderr);
  const on = ['--data', other, '--fakes', fakes, '--out', join(root, 'judged'), '--quiet'];
  for (const command of [['detect'], ['defend', '--defence', 'filtering']]) {
    const refused = await hypertape([...command, ...on]);
    assert.is(refused.status, 2, command[0]);
    assert.match(refused.stderr, /^error: .*fakes\.json: was made of other data.*\n$/);
    assert.not.ok(existsSync(join(root, 'judged')), command[0]);
  }
});

test('scores.csv has the ids of users, or their inner numbers', async () => {
  const out = join(root, 'scores');
  const ids = readFileSync(join(data, 'users.txt'), 'utf8').trimEnd().split('\n');
  for (const [inner, names] of [
    [[], ids],
    [['--inner'], ids.map((_, user) => `${user}`)],
  ]) {
    const detect = ['detect', '--data', data, '--fakes', fakes, '--detectors', 'duplicates'];
    const { status, stderr } = await hypertape([
      ...detect,
      ...inner,
      '--resamples',
      '10',
      '--out',
      out,
    ]);
    assert.is(status, 0, stderr);
    const lines = readFileSync(join(out, 'scores.csv'), 'utf8').trimEnd().split('\n').slice(1);
    assert.equal(
      lines.map((line) => line.split(',')[1]),
      [...names, 'fake-0', 'fake-1'],
    );
  }
});

test('detect ends soon after Ctrl-C, also in its features and in its bootstrap', async () => {
  const out = join(root, 'stopped');
  const detect = ['detect', '--data', data, '--fakes', fakes, '--detectors', 'duplicates'];
  // From when it listens: before that no one hears it.
  const timer = setInterval(() => process.emit('SIGINT', 'SIGINT'), 20);
  const started = performance.now();
  const { status, stderr } = await hypertape([...detect, '--resamples', '100000', '--out', out]);
  clearInterval(timer);
  const seconds = (performance.now() - started) / 1000;
  assert.is(status, 130, stderr);
  assert.match(stderr, /stopped by SIGINT: nothing was written; the same command begins anew/);
  assert.ok(seconds < 5, `${seconds} s`);
  assert.equal(readdirSync(out), []);
});

test('an address of the lab that says something twice, or asks for threads that no machine has', () => {
  assert.throws(() => parseAddress('seed=1&seed=2'), /address: seed comes twice/);
  for (const threads of ['0', '65', '100000', '1e1', '-1']) {
    assert.throws(
      () => parseAddress(`threads=${threads}`),
      /threads: expected a whole number from 1 to 64/,
    );
  }
  assert.is(parseAddress('seed=7&threads=64').threads, 64);
});

test('commands print one object under --json', async () => {
  const results = join(root, 'results');
  mkdirSync(join(results, 'cells'), { recursive: true });
  // A store with a result of another experiment.
  writeFileSync(join(results, 'cells', 'other.json'), '');
  const grid = ['fig4a', '--quick', '--seeds', '1', '--results', results, '--out', root];
  const report = await hypertape(['reproduce', ...grid, '--report', '--json']);
  assert.is(report.status, 0, report.stderr);
  assert.equal(JSON.parse(report.stdout), { results, report: join(root, 'report.html') });
  // From when it listens: before that no one hears it.
  const timer = setInterval(() => process.emit('SIGINT', 'SIGINT'), 20);
  const lab = await hypertape(['lab', '--port', '0', '--json']);
  clearTimeout(timer);
  assert.match(JSON.parse(lab.stdout).url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
});

test('compare says of a gradient of zeros that it has no direction', async () => {
  const compare = ['compare', 'quadratic', '--steps', '2', '--directions', '0'];
  const { status, stdout } = await hypertape([
    ...[...compare, '--methods', 'exact,partial', '--device', 'reference'],
  ]);
  assert.is(status, 0);
  // The objective does not read the inputs: the partial derivative is 0, its error all of the exact one.
  assert.match(stdout, /^partial\(\) +1\.0e\+0 +- +0\.0000 /m);
  assert.not.match(stdout, /NaN/);
});

test('compare refuses a report that it cannot write before it computes', async () => {
  for (const [out, why] of [
    [join(root, 'none', 'report.html'), /none\/report\.html: there is no such file or folder/],
    [root, /it is a folder: name a file/],
  ] as const) {
    const { status, stdout, stderr } = await hypertape(['compare', 'maml', '--out', out]);
    assert.is(status, 2);
    assert.is(stdout, '');
    assert.match(stderr, why);
  }
});

test('synthetic data of a size that no memory holds', async () => {
  for (const size of ['--users', '--items', '--fakes']) {
    const args = ['data', 'synthetic', '--out', join(root, 'huge'), size, '2147483648'];
    const { status, stderr } = await hypertape(args);
    assert.is(status, 2);
    assert.match(stderr, /^error: data synthetic: all pairs: \d+ numbers do not fit .*lower/);
  }
});

test('two loops of one kernel have variables of their own, which WGSL may not declare twice', () => {
  const at: Index = { kind: 'var', name: 'k', extent: 3 };
  const [from, to] = [0, 3].map((value): Index => ({ kind: 'int', value }));
  const loop = (slot: number): Expression => {
    const body = { kind: 'load', slot, at } as const;
    return { kind: 'reduce', fn: 'sum', variable: 'k', extent: 3, from, to, body };
  };
  const product: Expression = { kind: 'binary', fn: 'mul', x: loop(0), y: loop(1) };
  const { statements, result } = printCell(product, javascript);
  const declared = statements.flatMap((line) => /for \(let (\w+)/.exec(line)?.[1] ?? []);
  assert.is(new Set(declared).size, 2);
  const cell = new Function('a0', 'a1', `${statements.join('\n')}\nreturn ${result};`);
  assert.is(cell([1, 2, 3], [4, 5, 6]), (1 + 2 + 3) * (4 + 5 + 6));
});

test('entries that are read at have variables of their own where gpu.js would name two alike', () => {
  const x: Index = { kind: 'var', name: 'x', extent: 2 };
  const gathered = (slot: number): Expression => ({
    kind: 'load',
    slot,
    at: { kind: 'entry', slot: slot + 1, at: x, extent: 3 },
  });
  const power: Expression = { kind: 'binary', fn: 'pow', x: gathered(0), y: gathered(2) };
  const { statements, result } = printCell(power, { ...javascript, namesEntries: true });
  assert.is(statements.length, 2);
  assert.not.match(result, /a1|a3/);
  const source = `${statements.join('\n')}\nreturn ${result};`;
  const cell = new Function('a0', 'a1', 'a2', 'a3', 'x', source);
  assert.is(cell([5, 6, 7], [0, 2], [1, 2, 3], [2, 1], 1), 7 ** 2);
});

test.run();
