/** @file A seeded generator of random numbers: the same seed gives the same numbers everywhere. */
export interface Random {
  uniform(): number;
  normal(): number;
  integer(n: number): number;
  shuffle(a: Int32Array): void;
  sample(n: number, k: number): number[];
  fork(label: string): Random;
}
export function random(seed: number): Random {
  let s = seed >>> 0;
  const uniform = () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = s;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const integer = (n: number) => Math.floor(uniform() * n);
  return {
    uniform,
    normal,
    integer,
    shuffle: (a) => {
      for (let i = a.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const t = a[i];
        a[i] = a[j];
        a[j] = t;
      }
    },
    sample: (n, k) => {
      const a = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = 0; i < k; i++) {
        const j = i + integer(n - i);
        const t = a[i];
        a[i] = a[j];
        a[j] = t;
      }
      return Array.from(a.slice(0, k));
    },
    fork: (label) => {
      let h = seed | 0;
      for (const c of label) h = Math.imul(h ^ c.charCodeAt(0), 0x5bd1e995) + 0x1234567;
      return random(h);
    },
  };
}
