import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ErrorCode, FatalSourceError, messageOf } from '../errors.ts';
import { isFull } from './full-disk.ts';
import { processStart } from './process-liveness.ts';

interface Owner {
  readonly pid: number;
  readonly start: string;
  /** Of one acquisition. Part of a file's name. */
  readonly token: string;
}

const ATTEMPTS = 100;
const TOKEN = /^[\w-]{1,80}$/;

/**
 * Creates a directory and its parents, level by level: Node's recursive `mkdir` goes on for ever where a parent can never be
 * made, as below /proc.
 */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(directory) === directory) throw unusable(directory, error);
    await makeDirectory(dirname(directory));
    await mkdir(directory).catch((reason: unknown) => {
      throw unusable(directory, reason);
    });
  }
}

const unusable = (directory: string, cause: unknown): FatalSourceError =>
  new FatalSourceError(
    ErrorCode.BadConfiguration,
    `the state directory ${directory} cannot be made: ${messageOf(cause)}`,
    { cause },
  );

const full = (directory: string, cause: unknown): FatalSourceError =>
  new FatalSourceError(
    ErrorCode.StateUnavailable,
    `the state directory ${directory} has no room (${messageOf(cause)}): make room there, or use another directory`,
    { cause },
  );

/**
 * A lock on a directory that ends with its owner: the file `lock` names a process and its beginning, and the lock of a
 * process that is gone (SIGKILL, power loss) is taken over at once. Works between processes that see each other's ids; a
 * state directory shared between machines or containers is guarded by the versions of its values alone.
 *
 * A stale lock is never removed to make room, since two processes that both saw it stale would then remove each other's.
 * A successor is a file named after the token it succeeds, which only one process can create:
 * ```
 * lock = A (dead) -> lock.after.A = B   B owns; it then renames itself over `lock` and removes `lock.after.A`
 * ```
 * The owner is the end of that chain, whatever its length and whoever died on the way.
 */
export class DirectoryLock {
  readonly #path: string;
  readonly #owner: Owner;

  private constructor(path: string, owner: Owner) {
    this.#path = path;
    this.#owner = owner;
  }

  /** @throws FatalSourceError STATE_LOCKED while a live process owns the directory */
  static async acquire(directory: string): Promise<DirectoryLock> {
    await makeDirectory(directory);
    const path = join(directory, 'lock');
    const owner: Owner = { pid: process.pid, start: processStart(process.pid) ?? '', token: randomUUID() };
    const mine = `${path}.new.${owner.token}`;
    try {
      await writeFile(mine, JSON.stringify(owner), { flag: 'wx' });
      for (let attempt = 0; attempt < ATTEMPTS; attempt++)
        if (await tryAcquire(path, mine, owner)) return new DirectoryLock(path, owner);
    } catch (error) {
      throw isFull(error) ? full(directory, error) : error;
    } finally {
      await rm(mine, { force: true });
    }
    throw new FatalSourceError(
      ErrorCode.StateLocked,
      `the lock ${path} could not be taken: other processes compete for it`,
    );
  }

  /** @throws FatalSourceError STATE_LOCKED when another process has taken the lock */
  async check(): Promise<void> {
    const owner = await readOwner(this.#path);
    if (owner?.token !== this.#owner.token)
      throw new FatalSourceError(
        ErrorCode.StateLocked,
        `the lock ${this.#path} of this process was taken away${owner ? ` by process ${owner.pid}` : ''}`,
      );
  }

  async release(): Promise<void> {
    if ((await readOwner(this.#path))?.token === this.#owner.token) await rm(this.#path, { force: true });
  }
}

async function tryAcquire(path: string, mine: string, owner: Owner): Promise<boolean> {
  // A link appears with its content and fails when the name exists: no reader ever sees half a lock.
  if (await linked(mine, path)) return true;
  const last = await endOfChain(path);
  if (last === undefined) return false;
  if (isAlive(last))
    throw new FatalSourceError(
      ErrorCode.StateLocked,
      `the state directory ${dirname(path)} is in use by process ${last.pid}: stop it, or use another directory`,
    );
  const next = successor(path, last);
  if (!(await linked(mine, next))) return false;
  // The chain may have been shortened or released while it was read: then the link succeeds nobody.
  if ((await endOfChain(path))?.token !== owner.token) {
    await rm(next, { force: true });
    return false;
  }
  await rename(mine, path);
  await removeRemains(path, owner);
  return true;
}

const successor = (path: string, owner: Owner): string => `${path}.after.${owner.token}`;

async function endOfChain(path: string): Promise<Owner | undefined> {
  let last = await readOwner(path);
  while (last !== undefined) {
    const next = await readOwner(successor(path, last));
    if (next === undefined) return last;
    last = next;
  }
  return undefined;
}

/** Links of processes that died or gave up. Those of this owner's own successors are not there while it lives. */
async function removeRemains(path: string, owner: Owner): Promise<void> {
  const prefix = `${basename(path)}.after.`;
  for (const name of await readdir(dirname(path)))
    if (name.startsWith(prefix) && name !== basename(successor(path, owner)))
      await rm(join(dirname(path), name), { force: true });
}

const isAlive = (owner: Owner): boolean => {
  const start = processStart(owner.pid);
  return start !== undefined && start === owner.start;
};

/** Undefined when there is no such file. A damaged one (power loss) has an owner that is not alive. */
async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return parseOwner(text) ?? { pid: -1, start: '', token: `damaged-${(await stat(path)).ino}` };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, start, token } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === 'number' &&
      typeof start === 'string' &&
      typeof token === 'string' &&
      TOKEN.test(token)
      ? { pid, start, token }
      : undefined;
  } catch {
    return undefined;
  }
}

async function linked(existing: string, name: string): Promise<boolean> {
  try {
    await link(existing, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
