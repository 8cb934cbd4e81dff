import { changes, type CommandContext, type CommandDefinition, type Properties } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { extentsOf } from '../../engine/catalog/extents.ts';
import { ingestResult } from '../../engine/changes/ingestion.ts';
import { deleteSelected, moveExtents, rowsSelected, selectRows } from '../../engine/changes/row-changes.ts';
import { badRequest } from '../../service-errors.ts';
import { checkProperties, flag } from '../ingestion/ingestion-properties.ts';
import { queryBehind, quotedName, refuseAsync } from '../query-text.ts';

const maximumDeletes = 5_000_000;

interface Update {
  readonly table: string;
  /** The name of the `let` that selects the rows to delete. */
  readonly deletes: string;
  /** The name of the `let` with the rows to append, or the table whose extents are moved in. */
  readonly adds: { readonly kind: 'append' | 'move'; readonly name: string };
  readonly properties: Properties;
  /** The `let` statements. */
  readonly statements: string;
}

/** Page "update table command": both halves see the table as it was, and are done together or not at all. */
async function update(context: CommandContext, command: Update): Promise<CommandTable> {
  checkProperties(command.properties, ['distributed', 'whatif']);
  const whatIf = flag(command.properties, 'whatif') ?? false;
  const database = context.current();
  const { table: name, adds } = command;
  database.table(name);
  const query = (result: string): string => `${ended(command.statements)}\n${quotedName(result)}`;
  return database.changeCompiled(
    async () => ({
      deleted: await context.compile(database, query(command.deletes), { table: name, rule: 'update' }),
      appended: adds.kind === 'append' ? await context.compile(database, query(adds.name)) : undefined,
    }),
    async (turn, { deleted, appended }) => {
      const table = turn.table(name);
      const source = adds.kind === 'move' ? turn.table(adds.name) : undefined;
      const rows = await selectRows(turn, table, deleted, context.now);
      if (rowsSelected(rows) > maximumDeletes)
        throw badRequest(`.update deletes up to ${maximumDeletes} records in one command.`);
      const created: Value[][] = [];
      if (appended !== undefined) {
        const { extentId, rowCount } = await ingestResult(turn, table, appended, context.now);
        if (rowCount > 0) created.push([name, 'Create', extentId, rowCount]);
      } else if (source !== undefined) {
        checkSameColumns(source.columns, table.columns);
        const extents = await extentsOf(turn.connection, source);
        for (const { result, rowCount } of await moveExtents(turn, source, table, extents, false)) {
          created.push([name, 'Create', result ?? '', rowCount]);
        }
      }
      const replaced = await deleteSelected(turn, rows);
      if (whatIf) turn.discard();
      return resultTable({ Table: 'string', Command: 'string', ExtentId: 'guid', RowCount: 'long' }, [
        ...replaced.map(({ original, rowCount }): Value[] => [name, 'Delete', original, rowCount]),
        ...created,
      ]);
    },
  );
}

function checkSameColumns(
  source: readonly { readonly name: string; readonly type: string }[],
  target: readonly { readonly name: string; readonly type: string }[],
): void {
  const list = (columns: typeof source): string =>
    columns.map(({ name, type }) => `${name}:${type}`).join(', ');
  if (list(source) === list(target)) return;
  throw badRequest(
    `.update … move needs tables of the same schema: (${list(source)}) is not (${list(target)}).`,
  );
}

/** The statements with the semicolon that the last one may lack. */
function ended(statements: string): string {
  const bare = statements.replace(/(?:\s|\/\/[^\n]*(?:\n|$))+$/, '');
  return bare.endsWith(';') ? statements : `${bare};`;
}

export const updateCommands: readonly CommandDefinition[] = [
  {
    syntax:
      '.update table T delete D append A|move Source [with (whatif = true)] <| let D = T | where …; let A = …;',
    verb: '.update',
    parse: (reader) => {
      refuseAsync(reader);
      if (!reader.takes('table')) return undefined;
      const table = reader.name('table');
      reader.keyword('delete');
      const deletes = reader.name('let');
      const kind = reader.takes('move') ? 'move' : 'append';
      if (kind === 'append') reader.keyword('append');
      const adds = { kind, name: reader.name(kind === 'move' ? 'table' : 'let') } as const;
      const properties = reader.properties();
      const statements = queryBehind(reader);
      return changes((context) => update(context, { table, deletes, adds, properties, statements }));
    },
  },
];
