import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ErrorCode, SourceError } from '../../packages/source-sdk/src/errors.ts';
import { DirectoryLock } from '../../packages/source-sdk/src/state/directory-lock.ts';
import type { Log } from './run.ts';

export interface CacheEntry {
  /** Where all entries are. Outside of the clone: a clean one finds what another has built. */
  readonly cacheDir: string;
  readonly name: string;
  /** Everything the content depends on. */
  readonly key: readonly string[];
  readonly log: Log;
  /** Fills an empty folder. */
  readonly make: (folder: string) => Promise<void>;
}

/**
 * The folder of an entry, made if it is not there. An entry appears whole, by a rename, and never changes. One process
 * makes entries at a time: two compilers at once would only make both slower, and need memory for both.
 */
export async function cached({ cacheDir, name, key, log, make }: CacheEntry): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
  const folder = join(cacheDir, `${name}-${hash}`);
  if (existsSync(folder)) return folder;
  const lock = await waitForLock(cacheDir, log);
  try {
    if (existsSync(folder)) return folder;
    const staging = `${folder}.building`;
    // What a killed build has left: this process has the lock, so nobody is using it.
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    try {
      await make(staging);
      await rename(staging, folder);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    return folder;
  } finally {
    await lock.release();
  }
}

async function waitForLock(cacheDir: string, log: Log): Promise<DirectoryLock> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await DirectoryLock.acquire(cacheDir);
    } catch (error) {
      if (!(error instanceof SourceError && error.code === ErrorCode.StateLocked)) throw error;
      if (attempt === 0) log(`another run builds into ${cacheDir}: waiting for it`);
      await wait(500);
    }
  }
}

/** Every file below a folder, with its path: part of a key. Folders that a build makes are left out. */
export async function sourceKey(folder: string, without: readonly string[] = []): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !without.some((name) => path.startsWith(`${name}/`)))
    .sort();
  return Promise.all(paths.map(async (path) => `${path}\n${await readFile(join(folder, path), 'utf8')}`));
}
