import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../../../src/data/random.ts';
import { fromPairs } from '../../../src/data/sparse.ts';
import { latentPlane } from '../../../src/eval/detection/latent-plane.ts';
import { popularityDensities } from '../../../src/eval/detection/popularity-density.ts';
import { latentChart, popularityChart } from '../../../src/eval/report/detection-charts.ts';

/** Factors that vary by 3 along (3, 4) / 5, by 1 across, and not at all along the third axis. */
function factors(users: number) {
  const draw = random(2);
  const data = new Float64Array(users * 3);
  for (let user = 0; user < users; user++) {
    const [a, b] = [3 * draw.normal(), draw.normal()];
    data.set([10 + 0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b, 7], user * 3);
  }
  return { shape: [users, 3], data };
}

test('the latent plane keeps the distances of factors that lie in a plane', async () => {
  const { data } = factors(50);
  const { points, explained } = latentPlane({ shape: [50, 3], data }, 40);
  assert.is(points.filter(({ fake }) => fake).length, 10);
  assert.ok(!points[39].fake && points[40].fake);
  for (const [i, j] of [
    [0, 1],
    [7, 44],
  ]) {
    const before = Math.hypot(...[0, 1, 2].map((k) => data[3 * i + k] - data[3 * j + k]));
    const after = Math.hypot(points[i].x - points[j].x, points[i].y - points[j].y);
    assert.ok(Math.abs(before - after) < 1e-12, `${before}, ${after}`);
  }
  // Uncorrelated, of mean 0, the first of greater variance.
  const mean = (f: (p: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + f(point), 0) / 50;
  assert.ok(Math.abs(mean(({ x }) => x)) < 1e-12 && Math.abs(mean(({ x, y }) => x * y)) < 1e-12);
  const [first, second] = [mean(({ x }) => x * x), mean(({ y }) => y * y)];
  assert.ok(first > second);
  assert.ok(Math.abs(explained[0] - first / (first + second)) < 1e-12);
  const svg = await latentChart(latentPlane({ shape: [50, 3], data }, 40));
  assert.match(svg, /^<svg/);
  assert.is(svg.match(/<circle/g)?.length, 50);
  assert.throws(() => latentPlane({ shape: [50, 1], data }, 40), /2 or more factors/);
  assert.throws(() => latentPlane({ shape: [50, 3], data }, 51), /expected 1 to 50/);
});

test('a density of popularity is a density, and lies where the clicks are', async () => {
  const users = Array.from({ length: 30 }, (_, user) => user);
  const train = fromPairs(
    users.flatMap((user): [number, number][] => [
      [user, 0],
      [user, 1 + (user % 10)],
    ]),
    30,
    12,
  );
  const unpopular = fromPairs([[0, 3]], 1, 12);
  const groups = [
    { name: 'genuine', clicks: train },
    { name: 'one', clicks: unpopular },
  ];
  const points = popularityDensities(train, groups, 2000);
  const one = points.filter(({ group }) => group === 'one');
  const peak = one.reduce((best, point) => (point.density > best.density ? point : best));
  // Item 3 has 3 clicks: the place nearest to it, of 2000 up to 30.
  assert.ok(Math.abs(peak.popularity - 3) < 0.01, `${peak.popularity}`);
  const x = one.map(({ popularity }) => Math.log10(1 + popularity));
  const area = one.reduce((sum, { density }) => sum + density * x[1], 0);
  // The trapezia of a Gaussian are exact to rounding; nothing of it lies outside.
  assert.ok(Math.abs(area - 1) < 1e-6, `${area}`);
  assert.is(points.length, 4000);
  assert.match(await popularityChart(points.filter((_, i) => i % 40 === 0)), /genuine/);
  const none = { name: 'none', clicks: fromPairs([], 1, 12) };
  assert.throws(() => popularityDensities(train, [none]), /none: expected clicks/);
});

test.run();
