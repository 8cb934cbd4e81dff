import { changes, type CommandDefinition } from './command.ts';
import { createdDatabase, databasesTable } from './command-tables.ts';

/** Databases made and dropped. */
export const databaseChangeCommands: readonly CommandDefinition[] = [
  {
    syntax: '.create database D [ifnotexists]',
    verb: '.create',
    parse: (reader) => {
      if (!reader.takes('database')) return undefined;
      const name = reader.name('database');
      const ifNotExists = reader.takes('ifnotexists');
      reader.end();
      return changes(async ({ store }) => {
        const existing = store.databases.find((database) => database.name === name);
        if (existing !== undefined && ifNotExists) return createdDatabase(existing);
        return createdDatabase(await store.createDatabase(name));
      });
    },
  },
  {
    syntax: '.drop database D [ifexists]',
    verb: '.drop',
    parse: (reader) => {
      if (!reader.takes('database')) return undefined;
      const name = reader.name('database');
      const ifExists = reader.takes('ifexists');
      reader.end();
      return changes(async ({ store, database: current }) => {
        if (!ifExists || store.databases.some((database) => database.name === name)) {
          await store.dropDatabase(name);
        }
        return databasesTable(store.databases, current);
      });
    },
  },
];
