import { resultTable, shows, type Action, type ActionContext } from '../action.ts';
import type { CommandReader } from '../command-reader.ts';
import type { CommandTable } from '../command-tables.ts';
import { runTail } from '../command-tail.ts';
import { statisticsColumns, statisticsValues } from '../show/tables.ts';
import { cslName, cslSchema } from '../../engine/csl-text.ts';
import type { ViewInfo } from '../../engine/database-objects.ts';
import { orderedColumns } from '../show/ordered-columns.ts';
import { unsetPolicy } from '../show/policies.ts';

type Find = (context: ActionContext) => ViewInfo;

function schema(find: Find, format: 'csl' | 'json'): Action {
  return shows((context) => {
    const { name, columns, folder, docString } = find(context);
    const json = {
      Name: name,
      OrderedColumns: orderedColumns(columns),
      Folder: folder,
      DocString: docString,
    };
    return resultTable(
      {
        TableName: 'string',
        Schema: 'string',
        DatabaseName: 'string',
        Folder: 'string',
        DocString: 'string',
      },
      [
        [
          name,
          format === 'csl' ? cslSchema(columns) : JSON.stringify(json),
          context.current().name,
          folder,
          docString,
        ],
      ],
    );
  });
}

/** How many rows the view has; it has no extents of its own, and no size. */
async function details(context: ActionContext, view: ViewInfo): Promise<CommandTable> {
  const database = context.current();
  const counted = await context.compile(database, `${cslName(view.name)} | count`);
  const { rows } = await runTail(database, counted, context.now, context.timeoutMs);
  const count = rows[0]?.[0];
  const measured = {
    rows: typeof count === 'bigint' ? count : 0n,
    extents: 0n,
    bytes: 0n,
    oldest: null,
    newest: null,
  };
  return resultTable(
    {
      MaterializedViewName: 'string',
      DatabaseName: 'string',
      Folder: 'string',
      DocString: 'string',
      ...statisticsColumns,
      AuthorizedPrincipals: 'string',
      RetentionPolicy: 'string',
      CachingPolicy: 'string',
      ShardingPolicy: 'string',
      MergePolicy: 'string',
      MinExtentsCreationTime: 'datetime',
      MaxExtentsCreationTime: 'datetime',
    },
    [
      [
        view.name,
        database.name,
        view.folder,
        view.docString,
        ...statisticsValues(measured),
        '[]',
        ...Array<string>(4).fill('null'),
        null,
        null,
      ],
    ],
  );
}

/** Reads what stands behind the name of a view that is to be shown. */
export function readShownView(reader: CommandReader, find: Find): Action {
  if (reader.takes('details')) {
    reader.end();
    return shows((context) => details(context, find(context)));
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
