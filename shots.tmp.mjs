import { chromium } from 'playwright-core';
const [,, html, out, ...ids] = process.argv;
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage({ viewport: { width: 1100, height: 900 } });
await p.goto(`file://${html}`);
const names = ids.length ? ids : await p.$$eval('section', (s) => s.map((e) => e.id));
for (const n of names) await (await p.$(`section#${n}`)).screenshot({ path: `${out}/${n}.png` });
await b.close();
