import { changes, shows, type Command, type CommandDefinition } from '../command.ts';
import type { CommandReader } from '../command-reader.ts';
import { policyTable } from '../show/policies.ts';

const policy = 'row_level_security';

/** `table T policy row_level_security`; undefined for other commands. */
function tableOfPolicy(reader: CommandReader): string | undefined {
  if (!reader.takes('table')) return undefined;
  const name = reader.optionalName('table');
  return name !== undefined && reader.takesAll('policy', policy) ? name : undefined;
}

function setPolicy(name: string, rowLevelSecurity: string | null): Command {
  return changes(async ({ current }) => {
    const database = current();
    return await database.change(async (turn) => {
      const table = { ...turn.table(name), rowLevelSecurity };
      await turn.replaceTables([table]);
      return policyTable(database, [table], policy);
    });
  });
}

/**
 * The policy is kept and shown as the service does ("Row Level Security policy" in Kusto's documentation) and hides nothing: there
 * are no users whose rows could differ.
 */
export const rowLevelSecurityCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show table T policy row_level_security',
    verb: '.show',
    parse: (reader) => {
      const name = tableOfPolicy(reader);
      if (name === undefined) return undefined;
      reader.end();
      return shows(({ current }) => policyTable(current(), [current().table(name)], policy));
    },
  },
  {
    syntax: '.alter table T policy row_level_security enable|disable "query"',
    verb: '.alter',
    parse: (reader) => {
      const name = tableOfPolicy(reader);
      if (name === undefined) return undefined;
      const isEnabled = reader.takes('enable');
      if (!isEnabled) reader.keyword('disable');
      const query = reader.string('the query of the policy');
      reader.end();
      return setPolicy(name, JSON.stringify({ IsEnabled: isEnabled, Query: query }));
    },
  },
  {
    syntax: '.delete table T policy row_level_security',
    verb: '.delete',
    parse: (reader) => {
      const name = tableOfPolicy(reader);
      if (name === undefined) return undefined;
      reader.end();
      return setPolicy(name, null);
    },
  },
];
