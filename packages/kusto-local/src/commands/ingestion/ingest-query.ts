import type { Database } from '../../engine/database.ts';
import { firstResult, type Ingestion } from '../../engine/changes/ingestion.ts';
import { appendResult, replaceWithResult, type SchemaMode } from '../../engine/changes/replace-data.ts';
import { badRequest } from '../../service-errors.ts';
import { nowOfSetOptions } from '../../request-properties/command-options.ts';
import type { Command, Properties } from '../command.ts';
import type { CommandContext } from '../execute-command.ts';
import { checkProperties, datetimeProperty, described, flag } from './ingestion-properties.ts';

const properties = ['creationtime', 'distributed', 'docstring', 'folder', 'policy_ingestiontime'];

/** `.set`, `.append`, `.set-or-append`, `.set-or-replace` (page "ingest from query"), each in one transaction. */
export async function ingestQuery(
  command: Extract<Command, { kind: 'ingest-query' }>,
  context: CommandContext,
  database: Database,
): Promise<Ingestion> {
  const schema = schemaMode(command);
  const createdOn = datetimeProperty(command.properties, 'creationtime');
  const ingestionTime = flag(command.properties, 'policy_ingestiontime') ?? true;
  const description = described(command.properties);
  return database.changeCompiled(
    () => context.compile(database, command.query),
    async (turn, compilation) => {
      const ingestion = { compilation, now: nowOfSetOptions(compilation) ?? context.now, schema, createdOn };
      let table = turn.find(command.table);
      if (table === undefined && command.mode !== 'append') {
        const { columns } = firstResult(compilation);
        const created = { name: command.table, columns, ingestionTime, ...description };
        return appendResult(turn, await turn.createTable(created), ingestion);
      }
      table ??= turn.table(command.table);
      if (command.mode === 'set') throw badRequest(`Table '${command.table}' exists already.`);
      if (Object.keys(description).length > 0) table = await turn.replaceTable({ ...table, ...description });
      return command.mode === 'set-or-replace'
        ? replaceWithResult(turn, table, ingestion)
        : appendResult(turn, table, ingestion);
    },
  );
}

function schemaMode(command: { readonly mode: string; readonly properties: Properties }): SchemaMode {
  const extendable = command.mode === 'set' ? [] : ['extend_schema'];
  const recreatable = command.mode === 'set-or-replace' ? ['recreate_schema'] : [];
  checkProperties(command.properties, [...properties, ...extendable, ...recreatable]);
  if (flag(command.properties, 'recreate_schema') === true) return 'recreate';
  return flag(command.properties, 'extend_schema') === true ? 'extend' : 'keep';
}
