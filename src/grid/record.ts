/** @file What a store holds of a cell: its result, or why it failed. */

import { cpus, totalmem } from 'node:os';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { type CellIdentity, idOf } from './cell.ts';
import { canonicalJson, digestOfJson } from './json.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256');

/** Where a cell ran. Nothing in it names a person's machine. */
export const machineSchema = z.strictObject({
  cpu: z.string(),
  cores: z.number(),
  /** Bytes. */
  memory: z.number(),
  node: z.string(),
  platform: z.string(),
});

const identityFields = {
  kind: z.string(),
  version: z.number().int().positive(),
  config: z.record(z.string(), z.json()),
  inputs: z.record(z.string(), digest),
};

const runFields = {
  /** Wall time of the cell itself. */
  seconds: z.number().nonnegative(),
  machine: machineSchema,
  /** When it ended, ISO 8601. */
  finished: z.iso.datetime(),
};

/** The version of the files; it changes with their form. */
const format = { format: z.literal(1) };

const recordSchema = z.strictObject({
  ...format,
  ...identityFields,
  result: z.json(),
  /** The digests of the files stored with the result, by name. */
  files: z.record(z.string(), digest),
  /** The digest of `result` and `files`, which the id does not cover. */
  digest,
  ...runFields,
});

const failureSchema = z.strictObject({
  ...format,
  ...identityFields,
  message: z.string(),
  /** The stack, and the last lines that the process printed. */
  details: z.string(),
  ...runFields,
});

/** Where a cell ran. */
export type Machine = z.infer<typeof machineSchema>;
/** The file of a finished cell. */
export type CellRecord = z.infer<typeof recordSchema>;
/** The file of a cell that failed. */
export type FailureRecord = z.infer<typeof failureSchema>;

/** A file of a store that is not what was written there. */
export class DamagedError extends UserError {
  override name = 'DamagedError';
}

/** This machine. */
export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory: totalmem(),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
});

/** The digest of what a cell gave. */
export const contentDigest = ({ result, files }: Pick<CellRecord, 'result' | 'files'>): string =>
  digestOfJson({ result, files });

/** A record as a file: a field a line, each in canonical JSON, so that versions compare by line. */
export function printRecord(record: CellRecord | FailureRecord): string {
  const lines = Object.entries(record).map(
    ([name, value]) => `${JSON.stringify(name)}: ${canonicalJson(value, name)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** What a schema says of JSON, which may be nested deeper than a walk through it can go. */
function checked<Schema extends z.ZodType>(schema: Schema, path: string, raw: unknown) {
  try {
    return schema.safeParse(raw);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DamagedError(`${path} is damaged: nested too deep`);
  }
}

function parse<Schema extends z.ZodType<CellIdentity>>(
  schema: Schema,
  { path, id, text }: { readonly path: string; readonly id: string; readonly text: string },
): z.infer<Schema> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replaceAll('\n', ' ');
    throw new DamagedError(`${path} is damaged: not JSON: ${reason}`);
  }
  const parsed = checked(schema, path, raw);
  if (!parsed.success) {
    const [{ path: field, message }] = parsed.error.issues;
    throw new DamagedError(`${path} is damaged: ${field.join('.') || 'the whole'}: ${message}`);
  }
  const actual = idOf(parsed.data);
  if (actual === id) return parsed.data;
  throw new DamagedError(`${path} is damaged: its configuration has the digest ${actual}`);
}

/**
 * The record of the cell `id` in a file's text. Throws a DamagedError that names the file if its
 * form, its configuration or its result is not what was written.
 */
export function parseRecord(path: string, id: string, text: string): CellRecord {
  const record = parse(recordSchema, { path, id, text });
  if (contentDigest(record) === record.digest) return record;
  throw new DamagedError(`${path} is damaged: its result does not have the digest written there`);
}

/** The failure of the cell `id` in a file's text. Throws a DamagedError that names the file. */
export const parseFailure = (path: string, id: string, text: string): FailureRecord =>
  parse(failureSchema, { path, id, text });
