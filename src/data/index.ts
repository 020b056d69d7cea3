/** @file hypertape/data: sparse matrices, readers and writers, splits, the synthetic generator. */

export { jsonLines, makeFolder, readText, writeAtomically } from './files.ts';
export { readDataFolder, writeDataFolder } from './folder.ts';
export { npyOf } from './formats/npy.ts';
export { type Archive, readArchive, writeArchive } from './formats/npz.ts';
export { type Format, formats, type ReadOptions, readInteractions } from './formats/read.ts';
export { readNpz, writeNpz } from './formats/sparse-npz.ts';
export { parseAs, parseJson } from './json.ts';
export * from './portable.ts';
