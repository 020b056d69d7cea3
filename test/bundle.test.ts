/** @file The entry points that browsers use bundle for them, without anything of Node. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** Bundles a program for browsers as a bundler of the user's would. */
async function bundled(source: string, outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    logLevel: 'silent',
  });
  return metafile;
}

const programs: { readonly [entry: string]: string } = {
  'hypertape/autodiff': `
    import { grad, mul, openDevice, readAll, tensor } from 'hypertape/autodiff';
    const device = await openDevice('reference');
    const [[slope]] = await readAll(grad((x) => mul(x, mul(x, x)))(tensor(2)), { device });
    export const result = slope;`,
  hypertape: `
    import { grad, measure, modelKind, openDevice, readAll, square, synthetic, tensor } from 'hypertape';
    const device = await openDevice('reference');
    const [[slope]] = await readAll(grad((x) => square(square(x)))(tensor(2)), { device });
    const { data } = synthetic({ users: 20, fakes: 1, items: 15, seed: 1 });
    const kind = modelKind('item-cf');
    const model = await kind.fit(data.train, kind.defaults, { seed: 1, device });
    const { users } = await measure(model.scores, data, { k: 5 });
    export const result = slope - (users > 0 ? 20 : 0);`,
};

for (const [entry, source] of Object.entries(programs)) {
  test(`${entry} bundles for browsers and computes`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hypertape-bundle-'));
    const outfile = join(folder, 'page.mjs');
    const { inputs } = await bundled(source, outfile);
    const imports = Object.values(inputs).flatMap((input) => input.imports);
    assert.equal(
      imports.filter(({ path }) => path.startsWith('node:')),
      [],
    );
    const { result } = await import(pathToFileURL(outfile).href);
    assert.is(result, 12);
    await rm(folder, { recursive: true });
  });
}

test.run();
