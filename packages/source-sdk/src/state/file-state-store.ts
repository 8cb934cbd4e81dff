import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StateStore, StoredValue } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { ErrorCode, FatalSourceError, SourceError, StateConflictError, messageOf } from '../errors.ts';
import { DirectoryLock } from './directory-lock.ts';
import { isFull } from './full-disk.ts';

const FORMAT = 1;

/**
 * State in a directory, one file a key. A write is a new file, flushed, renamed over the old one, and the directory
 * flushed: after a crash there is the old value or the new one, and what `set` resolved to is there. The directory
 * belongs to one process at a time.
 */
export class FileStateStore implements StateStore {
  /** The lock of a process that ended, by SIGKILL too, is nobody's. */
  readonly exclusive = true;
  readonly #directory: string;
  readonly #lock: DirectoryLock;
  /** Writes one after the other: a check of the version and its replacement must not be interleaved. */
  #turn: Promise<unknown> = Promise.resolve();
  /** A file was renamed and the directory could not be flushed: nobody may read that as durable. */
  #unflushed = false;

  private constructor(directory: string, lock: DirectoryLock) {
    this.#directory = directory;
    this.#lock = lock;
  }

  /**
   * Creates the directory if need be and takes it.
   * @throws FatalSourceError STATE_LOCKED while another live process owns it
   */
  static async open(directory: string): Promise<FileStateStore> {
    return new FileStateStore(directory, await DirectoryLock.acquire(directory));
  }

  get(key: string): Promise<StoredValue | undefined> {
    return this.#inTurn(() => this.#read(key));
  }

  set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    return this.#inTurn(async () => {
      await this.#lock.check();
      if ((await this.#read(key))?.etag !== etag) throw new StateConflictError(key);
      const next = randomUUID();
      await this.#replace(key, JSON.stringify({ format: FORMAT, key, etag: next, value }));
      return next;
    });
  }

  delete(key: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#lock.check();
      const path = this.#path(key);
      try {
        await rm(path, { force: true });
        await this.#flushDirectory();
      } catch (error) {
        throw unavailable('deleting', path, error);
      }
    });
  }

  /** Gives the directory free. */
  async close(): Promise<void> {
    await this.#inTurn(() => this.#lock.release());
  }

  #path(key: string): string {
    // Percent-encoding leaves letters and `-_.!~*'()`; the suffix keeps a key apart from `lock` and from `..`.
    return join(this.#directory, `${encodeURIComponent(key)}.json`);
  }

  async #read(key: string): Promise<StoredValue | undefined> {
    const path = this.#path(key);
    let text: string;
    try {
      if (this.#unflushed) await this.#flushDirectory();
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw unavailable('reading', path, error);
    }
    return parseFile(path, text);
  }

  async #replace(key: string, text: string): Promise<void> {
    const path = this.#path(key);
    const temporary = `${path}.tmp`;
    try {
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await this.#flushDirectory();
    } catch (error) {
      // On a full disk the half that was written takes the room that others wait for.
      await rm(temporary, { force: true }).catch(() => undefined);
      throw unavailable('writing', path, error);
    }
  }

  async #flushDirectory(): Promise<void> {
    this.#unflushed = true;
    const directory = await open(this.#directory, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
    this.#unflushed = false;
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function parseFile(path: string, text: string): StoredValue {
  let file: { readonly format?: unknown; readonly etag?: unknown; readonly value?: JsonValue };
  try {
    file = JSON.parse(text) as typeof file;
  } catch (error) {
    throw new FatalSourceError(ErrorCode.StateCorrupt, `${path} is not JSON: restore or delete it`, {
      cause: error,
    });
  }
  if (typeof file.format === 'number' && file.format > FORMAT)
    throw new FatalSourceError(
      ErrorCode.StateTooNew,
      `${path} has format ${file.format}, this version knows ${FORMAT}`,
    );
  if (file.format !== FORMAT || typeof file.etag !== 'string' || file.value === undefined)
    throw new FatalSourceError(ErrorCode.StateCorrupt, `${path} is not a state file: restore or delete it`);
  return { value: file.value, etag: file.etag };
}

const unavailable = (action: string, path: string, error: unknown): SourceError =>
  new SourceError(
    ErrorCode.StateUnavailable,
    `${action} ${path} failed: ${messageOf(error)}${roomFor(path, error)}`,
    {
      cause: error,
    },
  );

/** What to do where the disk, the quota or the inodes are used up; nothing for other errors. */
function roomFor(path: string, error: unknown): string {
  return isFull(error)
    ? `: make room for the state directory ${dirname(path)}, nothing is lost meanwhile and it goes on by itself`
    : '';
}
