import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from './database.ts';
import type { DatabaseEnvironment } from './database-environment.ts';
import { checkEntityName } from './catalog/names.ts';
import { badRequest, databaseNotFound } from '../service-errors.ts';
import { SerialQueue } from './serial-queue.ts';

/** The database every endpoint starts with. */
export const defaultDatabase = 'NetDefaultDB';

const extension = '.duckdb';

/** The databases of an endpoint: in memory, or one DuckDB file each in a folder. */
export class Store {
  readonly #environment: DatabaseEnvironment;
  readonly #folder: string | undefined;
  readonly #queue = new SerialQueue();
  readonly #databases = new Map<string, Database>();

  private constructor(folder: string | undefined, environment: DatabaseEnvironment) {
    this.#folder = folder;
    this.#environment = environment;
  }

  /** Opens the databases found in the folder, which is created if missing, and the default one. */
  static async open(folder: string | undefined, environment: DatabaseEnvironment): Promise<Store> {
    const store = new Store(folder, environment);
    try {
      if (folder !== undefined) {
        await mkdir(folder, { recursive: true });
        for (const file of (await readdir(folder)).filter((name) => name.endsWith(extension)).sort()) {
          await store.#openDatabase(decodeURIComponent(file.slice(0, -extension.length)));
        }
      }
      if (!store.#databases.has(defaultDatabase)) await store.#openDatabase(defaultDatabase);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get databases(): readonly Database[] {
    return [...this.#databases.values()];
  }

  /** @throws KustoServiceError `BadRequest_DatabaseNotExist` */
  database(name: string): Database {
    const database = this.#databases.get(name);
    if (database === undefined) throw databaseNotFound(name);
    return database;
  }

  /** @throws KustoServiceError when the name is taken or not valid */
  createDatabase(name: string): Promise<Database> {
    return this.#queue.run(async () => {
      checkEntityName('database', name);
      const taken = this.databases.find((other) => other.name.toLowerCase() === name.toLowerCase());
      if (taken !== undefined) throw badRequest(`Database '${taken.name}' exists already.`);
      return this.#openDatabase(name);
    });
  }

  /** Drops a database with its file. @throws KustoServiceError when it does not exist or queries run on it */
  dropDatabase(name: string): Promise<void> {
    return this.#queue.run(async () => {
      const database = this.database(name);
      if (database.queries.leased > 0) throw badRequest(`Database '${name}' is in use by a query.`);
      this.#databases.delete(name);
      await database.close();
      if (database.path !== undefined) {
        await rm(database.path, { force: true });
        await rm(`${database.path}.wal`, { force: true });
      }
    });
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    for (const database of this.#databases.values()) await database.close();
    this.#databases.clear();
  }

  async #openDatabase(name: string): Promise<Database> {
    const path =
      this.#folder === undefined ? undefined : join(this.#folder, `${encodeURIComponent(name)}${extension}`);
    const database = await Database.open(name, path, this.#environment);
    this.#databases.set(name, database);
    return database;
  }
}
