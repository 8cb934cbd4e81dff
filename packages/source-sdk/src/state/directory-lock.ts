import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ErrorCode, FatalSourceError } from '../errors.ts';
import { processStart } from './process-liveness.ts';

interface Owner {
  readonly pid: number;
  readonly start: string;
  readonly token: string;
}

const ATTEMPTS = 40;
const PAUSE_MS = 50;

/**
 * A lock on a directory that ends with its owner: the file names a process and its beginning, and the lock of a process
 * that is gone (SIGKILL, power loss) is taken over at once. Works between processes that see each other's ids; a state
 * directory shared between machines or containers is guarded by the versions of its values alone.
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
    await mkdir(directory, { recursive: true });
    const path = join(directory, 'lock');
    const owner: Owner = { pid: process.pid, start: processStart(process.pid) ?? '', token: randomUUID() };
    const mine = `${path}.${owner.token}`;
    await writeFile(mine, JSON.stringify(owner), { flag: 'wx' });
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        // A link appears with its content and fails when the name exists: no reader ever sees half a lock.
        if (await succeeds(link(mine, path), 'EEXIST')) return new DirectoryLock(path, owner);
        const other = await readOwner(path);
        if (other === undefined) continue;
        if (isAlive(other))
          throw new FatalSourceError(
            ErrorCode.StateLocked,
            `the state directory ${directory} is in use by process ${other.pid}: stop it, or use another directory`,
          );
        await removeStale(path, other);
        await wait(attempt === 0 ? 0 : PAUSE_MS);
      }
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
    for (let attempt = 0; ; attempt++) {
      const owner = await readOwner(this.#path);
      if (owner?.token === this.#owner.token) return;
      // A process that took this lock for a stale one puts it back at once.
      if (attempt < 2) await wait(PAUSE_MS);
      else
        throw new FatalSourceError(
          ErrorCode.StateLocked,
          `the lock ${this.#path} of this process was taken away${owner ? ` by process ${owner.pid}` : ''}`,
        );
    }
  }

  async release(): Promise<void> {
    if ((await readOwner(this.#path))?.token === this.#owner.token) await rm(this.#path, { force: true });
  }
}

const isAlive = (owner: Owner): boolean => {
  const start = processStart(owner.pid);
  return start !== undefined && start === owner.start;
};

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<Owner>;
    return { pid: Number(value.pid), start: String(value.start), token: String(value.token) };
  } catch {
    return undefined;
  }
}

/** Two processes may find the same stale lock: moving it aside shows which of them has it, and whether it is still that one. */
async function removeStale(path: string, stale: Owner): Promise<void> {
  const aside = `${path}.stale.${randomUUID()}`;
  if (!(await succeeds(rename(path, aside), 'ENOENT'))) return;
  const moved = await readOwner(aside);
  if (moved !== undefined && moved.token !== stale.token) await succeeds(link(aside, path), 'EEXIST');
  await rm(aside, { force: true });
}

async function succeeds(action: Promise<unknown>, unless: string): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === unless) return false;
    throw error;
  }
}
