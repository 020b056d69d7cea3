/** @file Processes: which this machine runs, and where the numbers of others count. */

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where the number of a process counts. */
export interface Place {
  readonly host: string;
  /**
   * The start of the kernel and the PID namespace, such as `f6673d47-4026531836`: containers may
   * share the name of a host and number their processes anew. Undefined where no /proc tells it.
   */
  readonly space?: string;
}

/** Where this process runs. */
export const here: Place = { host: hostname(), space: spaceOfThis() };

function spaceOfThis(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'));
    return namespace ? `${boot}-${namespace[0]}` : undefined;
  } catch {
    return undefined;
  }
}

/** A host as names of files have it. */
export const plainHost = (host: string): string => host.replace(/[^A-Za-z0-9]/g, '_');

const isThisHost = (host: string): boolean => plainHost(host) === plainHost(here.host);

/** Whether numbers of processes there are those of here. Without a space the host tells. */
export const isHere = ({ host, space }: Place): boolean =>
  space === undefined ? isThisHost(host) : space === here.space;

/** The PID namespace outside of all containers, `PROC_PID_INIT_INO` of Linux. */
const outermost = '-4026531836';

/**
 * Whether a place is this machine before it was started anew. Outside of containers the names of
 * hosts tell machines apart; within them they do not.
 */
const isGone = ({ host, space }: Place): boolean =>
  isThisHost(host) &&
  [space, here.space].every((each) => each?.endsWith(outermost)) &&
  space !== here.space;

/** Whether a process may still run. Of one elsewhere nobody knows here: it counts as running. */
export const mayRun = (pid: number, place: Place): boolean =>
  isHere(place) ? isRunning(pid) : !isGone(place);

/** Whether a process of here has a number now. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM is of a process that is there and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
