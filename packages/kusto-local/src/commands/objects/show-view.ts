import { shows, type Command, type CommandContext } from '../command.ts';
import { resultTable, schemaTable, type CommandTable } from '../command-tables.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import type { CommandReader } from '../command-reader.ts';
import { runTail } from '../command-tail.ts';
import { detailsColumns, statisticsValues } from '../show/tables.ts';
import { cslName } from '../../engine/catalog/csl-text.ts';
import type { ViewInfo } from '../../engine/catalog/database-objects.ts';
import { unsetPolicy } from '../show/policies.ts';

type Find = (context: CommandContext) => ViewInfo;

function schema(find: Find, format: 'csl' | 'json'): Command {
  return shows((context) => schemaTable(context.current(), find(context), format));
}

/** How many rows the views have; they have no extents of their own, and no size. */
export async function viewDetails(
  context: CommandContext,
  views: readonly ViewInfo[],
): Promise<CommandTable> {
  const database = context.current();
  const rows: Value[][] = [];
  for (const view of views) {
    const counted = await context.compile(database, `${cslName(view.name)} | count`);
    const count = (await runTail(database, counted, context.now, context.timeoutMs)).rows[0]?.[0];
    const measured = {
      rows: typeof count === 'bigint' ? count : 0n,
      extents: 0n,
      bytes: 0n,
      oldest: null,
      newest: null,
    };
    rows.push([
      view.name,
      database.name,
      view.folder,
      view.docString,
      ...statisticsValues(measured),
      '[]',
      ...Array<string>(4).fill('null'),
      null,
      null,
    ]);
  }
  return resultTable(
    {
      MaterializedViewName: 'string',
      ...detailsColumns,
      MinExtentsCreationTime: 'datetime',
      MaxExtentsCreationTime: 'datetime',
    },
    rows,
  );
}

/** Reads what stands behind the name of a view that is to be shown. */
export function readShownView(reader: CommandReader, find: Find): Command {
  if (reader.takes('details')) {
    reader.end();
    return shows((context) => viewDetails(context, [find(context)]));
  }
  if (reader.takes('cslschema')) {
    reader.end();
    return schema(find, 'csl');
  }
  if (reader.takes('schema')) {
    reader.keyword('as');
    const json = reader.takes('json');
    if (!json) reader.keyword('csl');
    reader.end();
    return schema(find, json ? 'json' : 'csl');
  }
  if (/^policy\b/i.test(reader.text.slice(reader.position))) {
    return unsetPolicy(
      reader,
      (context) => `[${context.current().name}].[${find(context).name}]`,
      'MaterializedView',
    );
  }
  throw reader.error(
    "'details', 'schema as json', 'cslschema' or 'policy' is expected here (a view has no extents at this endpoint)",
  );
}
