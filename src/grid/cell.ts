/** @file A cell: one unit of work, identified by its configuration. */

import { UserError } from '../errors.ts';
import { digestOfJson, frozenJson, type JsonObject } from './json.ts';
import type { CellKind } from './kind.ts';

/** All that the result of a cell depends on, as plain data. */
export interface CellIdentity {
  /** The name of its kind. */
  readonly kind: string;
  readonly version: number;
  readonly config: JsonObject;
  /** The ids of the cells whose results it takes, by the names that its kind knows them by, sorted. */
  readonly inputs: { readonly [name: string]: string };
}

/** One unit of work. The same configuration is the same cell, wherever it is defined. */
export interface Cell<Result = unknown> {
  /** The SHA-256 of the canonical JSON of its identity. */
  readonly id: string;
  readonly kind: CellKind<object, Result>;
  readonly config: JsonObject;
  readonly inputs: { readonly [name: string]: string };
}

/** A cell's identity without its kind's code. */
export const identityOf = ({ kind, config, inputs }: Cell): CellIdentity => ({
  kind: kind.name,
  version: kind.version,
  config,
  inputs,
});

/** The id that an identity has. */
export const idOf = ({ kind, version, config, inputs }: CellIdentity): string =>
  digestOfJson({ kind, version, config, inputs });

/** The first digits of an id, enough for people. */
export const shortId = (id: string): string => id.slice(0, 12);

/** A cell's configuration and the cells that it takes, in one line. */
export const describeCell = ({ kind, config, inputs }: Cell): string => {
  const taken = Object.entries(inputs).map(([name, id]) => `, ${name} ${shortId(id)}`);
  return `${kind.describe ? kind.describe(config) : fieldsOf(config)}${taken.join('')}`;
};

function fieldsOf(config: JsonObject): string {
  const text = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : `${value}`);
  return Object.entries(config)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(' ');
}

/**
 * A cell of a kind with a complete configuration: everything that its result depends on, seeds and
 * the digest of the data among it. It takes the results of `inputs`. Throws a UserError that names
 * the field of a configuration that is not plain JSON.
 */
export function defineCell<Config extends object, Result>(
  kind: CellKind<Config, Result>,
  config: Config,
  inputs: { readonly [name: string]: Cell } = {},
): Cell<Result> {
  if (!/^[a-z][a-z0-9-]*$/i.test(kind.name)) {
    throw new UserError(`the kind ${JSON.stringify(kind.name)}: a name has letters, digits and -`);
  }
  if (!Number.isInteger(kind.version) || kind.version < 1) {
    throw new UserError(`the kind ${kind.name}: its version is ${kind.version}, not 1, 2, 3 …`);
  }
  // The id has them in this order, and so has whoever goes through them.
  const ids = Object.fromEntries(
    Object.keys(inputs)
      .sort()
      .map((name) => [name, inputs[name].id]),
  );
  const identity = {
    kind: kind.name,
    version: kind.version,
    config: frozenJson(config, `${kind.name}: config`) as JsonObject,
    inputs: Object.freeze(ids),
  };
  const { config: plain } = identity;
  return Object.freeze({ id: idOf(identity), kind, config: plain, inputs: identity.inputs });
}
