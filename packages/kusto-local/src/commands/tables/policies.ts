import { changes, shows, type Command, type CommandDefinition } from '../command.ts';
import {
  defaultRetention,
  parseRetention,
  retentionJson,
  retentionOf,
  withProperty,
  type RetentionPolicy,
} from '../../engine/changes/retention.ts';
import type { CommandReader } from '../command-reader.ts';
import { policyTable } from '../show/policies.ts';

/** `table T` or `tables (T, …)`, then `policy` and the policy's name; undefined for other commands. */
function tablesOfPolicy(reader: CommandReader, policy: string): readonly string[] | undefined {
  let names: readonly string[];
  if (reader.takes('tables') && reader.text.charAt(reader.position) === '(') names = reader.names('table');
  else if (reader.takes('table')) {
    const name = reader.optionalName('table');
    if (name === undefined) return undefined;
    names = [name];
  } else return undefined;
  return reader.takesAll('policy', policy) ? names : undefined;
}

function setRetention(
  names: readonly string[],
  policyOf: (current: RetentionPolicy | undefined) => RetentionPolicy | null,
): Command {
  return changes(async (context) => {
    const database = context.current();
    const changed = await database.change(async (turn) => {
      const tables = names.map((name) => {
        const table = turn.table(name);
        const policy = policyOf(retentionOf(table));
        return { ...table, retention: policy === null ? null : retentionJson(policy) };
      });
      await turn.replaceTables(tables);
      return tables;
    });
    return policyTable(database, changed, 'retention');
  });
}

/** null: as if it had never been set. */
function setIngestionTime(names: readonly string[], ingestionTime: boolean | null): Command {
  return changes(async ({ current }) => {
    const database = current();
    const tables = await database.change(async (turn) => {
      const changed = names.map((name) => ({ ...turn.table(name), ingestionTime }));
      await turn.replaceTables(changed);
      return changed;
    });
    return policyTable(database, tables, 'ingestiontime');
  });
}

export const tablePolicyCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show table T policy retention',
    verb: '.show',
    parse: (reader) => {
      const names = tablesOfPolicy(reader, 'retention');
      if (names === undefined) return undefined;
      reader.end();
      return shows((context) => {
        const database = context.current();
        return policyTable(
          database,
          names.map((name) => database.table(name)),
          'retention',
        );
      });
    },
  },
  {
    syntax: '.alter table T policy retention "{…}"',
    verb: '.alter',
    parse: (reader) => {
      const names = tablesOfPolicy(reader, 'retention');
      if (names === undefined) return undefined;
      const json = reader.string('the policy');
      reader.end();
      const policy = parseRetention(json, defaultRetention);
      return setRetention(names, () => policy);
    },
  },
  {
    syntax: '.alter table T policy ingestiontime true|false',
    verb: '.alter',
    parse: (reader) => {
      const names = tablesOfPolicy(reader, 'ingestiontime');
      if (names === undefined) return undefined;
      const enabled = reader.boolean();
      reader.end();
      return setIngestionTime(names, enabled);
    },
  },
  {
    syntax: '.show table T policy ingestiontime',
    verb: '.show',
    parse: (reader) => {
      const [name] = tablesOfPolicy(reader, 'ingestiontime') ?? [];
      if (name === undefined) return undefined;
      reader.end();
      return shows(({ current }) => policyTable(current(), [current().table(name)], 'ingestiontime'));
    },
  },
  {
    syntax: '.alter-merge table T policy retention softdelete = 10d [recoverability = disabled]',
    verb: '.alter-merge',
    parse: (reader) => {
      const names = tablesOfPolicy(reader, 'retention');
      if (names === undefined) return undefined;
      const set: [string, string][] = [];
      for (const name of ['softdelete', 'recoverability']) {
        if (!reader.takes(name)) continue;
        reader.mark('=');
        set.push([name, reader.value(`the value of ${name}`)]);
      }
      if (set.length === 0) {
        const json = reader.string('softdelete = …, recoverability = … or the policy');
        reader.end();
        return setRetention(names, (current) => parseRetention(json, current ?? defaultRetention));
      }
      reader.end();
      return setRetention(names, (current) =>
        set.reduce((policy, [name, value]) => withProperty(policy, name, value), current ?? defaultRetention),
      );
    },
  },
  {
    syntax: '.delete table T policy retention|ingestiontime',
    verb: '.delete',
    parse: (reader) => {
      const names = reader.attempt(() => tablesOfPolicy(reader, 'retention'));
      if (names !== undefined) {
        reader.end();
        return setRetention(names, () => null);
      }
      const timed = tablesOfPolicy(reader, 'ingestiontime');
      if (timed === undefined) return undefined;
      reader.end();
      return setIngestionTime(timed, null);
    },
  },
];
