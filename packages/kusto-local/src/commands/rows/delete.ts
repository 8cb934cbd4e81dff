import { changes, type CommandContext, type CommandDefinition, type Properties } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import { forgetExtents, extentsOf } from '../../engine/catalog/extents.ts';
import {
  deleteSelected,
  removeRows,
  rowsSelected,
  selectRows,
  type ReplacedExtent,
} from '../../engine/changes/row-changes.ts';
import { badRequest } from '../../service-errors.ts';
import { checkProperties, flag } from '../ingestion/ingestion-properties.ts';
import { queryBehind, quotedName, refuseAsync } from '../query-text.ts';

/** Page "soft delete command". The columns of its answer, but for RecordsMatchPredicate, are not documented. */
async function deleteRecords(
  context: CommandContext,
  name: string,
  predicate: string,
  properties: Properties,
): Promise<CommandTable> {
  checkProperties(properties, ['whatif']);
  const whatIf = flag(properties, 'whatif') ?? false;
  const database = context.current();
  database.table(name);
  return database.changeCompiled(
    () => context.compile(database, predicate, { table: name, rule: 'delete' }),
    async (turn, compilation) => {
      const rows = await selectRows(turn, turn.table(name), compilation, context.now);
      const replaced = await deleteSelected(turn, rows);
      if (!whatIf) return replacedExtents(replaced);
      turn.discard();
      return resultTable(
        { ExtentId: 'guid', RecordsMatchPredicate: 'long' },
        replaced.map(({ original, rowCount }) => [original, rowCount]),
      );
    },
  );
}

function replacedExtents(replaced: readonly ReplacedExtent[]): CommandTable {
  return resultTable(
    { OriginalExtentId: 'string', ResultExtentId: 'string', RecordsMatchPredicate: 'long' },
    replaced.map(({ original, result, rowCount }) => [original, result ?? '', rowCount]),
  );
}

async function clearTable(context: CommandContext, name: string): Promise<CommandTable> {
  await context.current().change(async (turn) => {
    const table = turn.table(name);
    const extents = await extentsOf(turn.connection, table);
    await removeRows(turn, table, 'true');
    await forgetExtents(
      turn.connection,
      extents.map(({ id }) => id),
    );
  });
  return resultTable({ TableName: 'string', Status: 'string' }, [[name, 'Completed']]);
}

/** Page "data purge": the single step. What it leaves keeps its ingestion time, which the page leaves open. */
async function purge(
  context: CommandContext,
  name: string,
  databaseName: string | undefined,
  predicate: string,
  properties: Properties,
): Promise<CommandTable> {
  checkProperties(properties, ['noregrets']);
  if (flag(properties, 'noregrets') !== true) {
    throw badRequest(
      "This endpoint purges in a single step only: with (noregrets='true'). The step that returns a verification token is not supported.",
    );
  }
  const database = databaseName === undefined ? context.current() : context.store.database(databaseName);
  database.table(name);
  await database.changeCompiled(
    () => context.compile(database, predicate, { table: name, rule: 'purge' }),
    async (turn, compilation) => {
      const rows = await selectRows(turn, turn.table(name), compilation, context.now);
      await deleteSelected(turn, rows);
      return rowsSelected(rows);
    },
  );
  return resultTable(
    {
      OperationId: 'guid',
      DatabaseName: 'string',
      TableName: 'string',
      ScheduledTime: 'datetime',
      Duration: 'timespan',
      LastUpdatedOn: 'datetime',
      EngineOperationId: 'string',
      State: 'string',
      StateDetails: 'string',
      EngineStartTime: 'datetime',
      EngineDuration: 'timespan',
      Retries: 'int',
      ClientRequestId: 'string',
      Principal: 'string',
    },
    [
      [
        context.uuid(),
        database.name,
        name,
        context.now,
        0n,
        context.now,
        '',
        'Completed',
        '',
        context.now,
        0n,
        0,
        '',
        '',
      ],
    ],
  );
}

export const deleteCommands: readonly CommandDefinition[] = [
  {
    syntax: '.delete table T records [with (whatif = true)] <| T | where …',
    verb: '.delete',
    parse: (reader) => {
      refuseAsync(reader);
      if (!reader.takes('table')) return undefined;
      const name = reader.optionalName('table');
      if (name === undefined || !reader.takes('records')) return undefined;
      const properties = reader.properties();
      const predicate = queryBehind(reader);
      return changes((context) => deleteRecords(context, name, predicate, properties));
    },
  },
  {
    syntax: '.clear table T data',
    verb: '.clear',
    parse: (reader) => {
      if (!reader.takes('table')) return undefined;
      const name = reader.name('table');
      reader.keyword('data');
      reader.end();
      return changes((context) => clearTable(context, name));
    },
  },
  {
    syntax: ".purge table T records [in database D] with (noregrets = 'true') <| where …",
    verb: '.purge',
    parse: (reader) => {
      if (!reader.takes('table')) return undefined;
      const name = reader.name('table');
      reader.keyword('records');
      const database = reader.takesAll('in', 'database') ? reader.name('database') : undefined;
      const properties = reader.properties();
      const predicate = queryBehind(reader, `${quotedName(name)} | `);
      return changes((context) => purge(context, name, database, predicate, properties));
    },
  },
];
