import type { CommandTable } from '../commands/command-tables.ts';
import type { Value } from '../engine/values/encode-value.ts';
import type { RowBatch } from '../engine/queries/query-run.ts';
import { asServiceError, failureStatus } from '../service-errors.ts';
import { ticksOfMilliseconds } from '../engine/values/times.ts';
import type { KustoServiceError } from '../errors.ts';
import type { Column } from '../types.ts';
import { ConnectionCut } from '../faults/connection-cut.ts';
import { errorBody } from './error-body.ts';
import type { ResponseContext } from './response-v2.ts';
import { columnsV1, cursorJson, rowsJson, visualizationJson } from './tables.ts';

const propertyColumns: readonly Column[] = [{ name: 'Value', type: 'string' }];

const statusColumns: readonly Column[] = [
  { name: 'Timestamp', type: 'datetime' },
  { name: 'Severity', type: 'int' },
  { name: 'SeverityName', type: 'string' },
  { name: 'StatusCode', type: 'int' },
  { name: 'StatusDescription', type: 'string' },
  { name: 'Count', type: 'int' },
  { name: 'RequestId', type: 'guid' },
  { name: 'ActivityId', type: 'guid' },
  { name: 'SubActivityId', type: 'guid' },
  { name: 'ClientActivityId', type: 'string' },
];

const contentsColumns: readonly Column[] = [
  { name: 'Ordinal', type: 'long' },
  { name: 'Kind', type: 'string' },
  { name: 'Name', type: 'string' },
  { name: 'Id', type: 'string' },
  { name: 'PrettyName', type: 'string' },
];

/** The v1 answer to a management command: one table. */
export function commandResponse({ columns, rows }: CommandTable): string {
  return `{"Tables":[${tableHead(0, columns, 'command')}${rowsJson(columns, rows)}}]}`;
}

/**
 * The v1 answer to a query, in pieces: the results, the extended properties, the query's status, the table of contents.
 * A failure after the first byte ends the rows with an `Exceptions` object and makes the status an error; when the request
 * defers failures, the status alone.
 */
export async function* responseV1(context: ResponseContext): AsyncGenerator<string> {
  const { run } = context;
  const contents: Value[][] = [];
  const noId = '00000000-0000-0000-0000-000000000000';
  let failure: KustoServiceError | undefined;
  yield '{"Tables":[';
  for (const [index, result] of run.compilation.results.entries()) {
    if (failure !== undefined) break;
    contents.push([index, 'QueryResult', 'PrimaryResult', context.identity.activityId, '']);
    yield `${tableHead(index, result.columns, 'query')}[`;
    failure = yield* resultRows(index === 0 ? context.rows : run.rows(index), context);
    yield ']},';
  }
  const properties: Value[][] = contents.map(() => [visualizationJson(run)]);
  const cursor = cursorJson(run);
  if (cursor !== undefined) properties.push([cursor]);
  const at = contents.length;
  contents.push([at, 'QueryProperties', '@ExtendedProperties', context.identity.activityId, '']);
  contents.push([at + 1, 'QueryStatus', 'QueryStatus', noId, '']);
  const tables: [readonly Column[], Value[][]][] = [
    [propertyColumns, properties],
    [statusColumns, [statusRow(context, failure)]],
    [contentsColumns, contents],
  ];
  yield tables
    .map(
      ([columns, rows], offset) => `${tableHead(at + offset, columns, 'query')}${rowsJson(columns, rows)}}`,
    )
    .join(',');
  yield failure === undefined || run.deferFailures
    ? ']}'
    : `],"Exceptions":${JSON.stringify([failure.message])}}`;
}

function tableHead(ordinal: number, columns: readonly Column[], kind: 'command' | 'query'): string {
  return `{"TableName":"Table_${ordinal}","Columns":${columnsV1(columns, kind)},"Rows":`;
}

async function* resultRows(
  rows: AsyncIterable<RowBatch>,
  context: ResponseContext,
): AsyncGenerator<string, KustoServiceError | undefined> {
  let separator = '';
  try {
    for await (const batch of rows) {
      yield separator + batch.json;
      separator = ',';
    }
    return undefined;
  } catch (error) {
    if (error instanceof ConnectionCut) throw error;
    const failure = asServiceError(error);
    if (context.run.deferFailures) return failure;
    const body = errorBody(failure, context.identity, context.text);
    yield `${separator}${JSON.stringify({ Exceptions: [failure.message], OneApiErrors: [body] })}`;
    return failure;
  }
}

function statusRow({ identity }: ResponseContext, failure: KustoServiceError | undefined): Value[] {
  const { activityId } = identity;
  const [severity, name, code, text] =
    failure === undefined
      ? [4, 'Info', 0, 'Query completed successfully']
      : [2, 'Error', failureStatus(failure).statusCode, failure.message];
  return [
    ticksOfMilliseconds(identity.time),
    severity,
    name,
    code,
    text,
    1,
    activityId,
    activityId,
    activityId,
    identity.clientRequestId,
  ];
}
