/**
 * @file Contends for leases: takes as many of the given number as it can, at a given time, holds
 * them, prints which, and waits to be killed.
 */

import { Leases } from '../../src/grid/lease.ts';

const [folder, count, at] = process.argv.slice(2);
const leases = new Leases(folder);
await new Promise((resolve) => setTimeout(resolve, Number(at) - Date.now()));
const ids = Array.from({ length: Number(count) }, (_, i) => `cell${i}`);
const taken = await Promise.all(ids.map(async (id) => ((await leases.acquire(id)) ? id : null)));
console.log(JSON.stringify(taken.filter((id) => id !== null)));
setInterval(() => {}, 1000);
