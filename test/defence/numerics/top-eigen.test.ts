import { Matrix, SVD } from 'ml-matrix';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../../../src/data/random.ts';
import { topEigen } from '../../../src/defence/numerics/top-eigen.ts';

/** A symmetric matrix with these eigenvalues, in a random orthonormal basis. */
function withEigenvalues(values: Float64Array) {
  const n = values.length;
  const draw = random(5);
  const { leftSingularVectors: q } = new SVD(
    new Matrix(Array.from({ length: n }, () => Array.from({ length: n }, () => draw.normal()))),
  );
  const apply = (x: Float64Array): Float64Array => {
    const inBasis = q.transpose().mmul(Matrix.columnVector(x));
    values.forEach((value, i) => {
      inBasis.set(i, 0, value * inBasis.get(i, 0));
    });
    return Float64Array.from(q.mmul(inBasis).getColumn(0));
  };
  return { size: n, apply };
}

test('the largest eigenvalues of a matrix larger than the basis, two of them equal', async () => {
  const values = Float64Array.from({ length: 300 }, (_, i) => 1 / (1 + i));
  values[3] = values[2];
  const operator = withEigenvalues(values);
  const found = await topEigen(operator, 6, 1);
  found.values.forEach((value, i) => {
    // The error of an eigenvalue is at most the residual, 1e-6 of the largest.
    assert.ok(Math.abs(value - values[i]) < 1e-6, `${value}, expected ${values[i]}`);
    const vector = found.vectors[i];
    const image = operator.apply(vector);
    const residual = Math.hypot(...image.map((x, j) => x - value * vector[j]));
    assert.ok(residual < 2e-6, `residual ${residual}`);
    found.vectors.forEach((other, j) => {
      const product = vector.reduce((sum, x, k) => sum + x * other[k], 0);
      assert.ok(Math.abs(product - (i === j ? 1 : 0)) < 1e-12, `product ${i}, ${j}: ${product}`);
    });
  });
});

test('a small matrix is decomposed whole, its null space too', async () => {
  const values = Float64Array.of(4, 1, 1, 0, 0);
  const found = await topEigen(withEigenvalues(values), 5, 1);
  assert.is(found.values.length, 5);
  found.values.forEach((value, i) => {
    assert.ok(Math.abs(value - values[i]) < 1e-13, `${value}, expected ${values[i]}`);
  });
});

test('an operator of zeros has eigenvalues of 0', async () => {
  const zero = { size: 30, apply: (x: Float64Array) => x.map(() => 0) };
  assert.equal((await topEigen(zero, 2, 1)).values, [0, 0]);
});

test('the same seed gives the same bits, each vector upright', async () => {
  const operator = withEigenvalues(Float64Array.from({ length: 60 }, (_, i) => 0.9 ** i));
  const [first, second] = [await topEigen(operator, 3, 2), await topEigen(operator, 3, 2)];
  assert.equal(first, second);
  for (const vector of first.vectors) {
    assert.ok(Math.max(...vector) >= -Math.min(...vector));
  }
});

test.run();
