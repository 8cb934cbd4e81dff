import { asServiceError, failureStatus } from '../service-errors.ts';
import type { KustoServiceError } from '../errors.ts';
import { ticksOfMilliseconds } from '../engine/values/times.ts';
import type { QueryRun, RowBatch } from '../engine/queries/query-run.ts';
import type { Column } from '../types.ts';
import { ConnectionCut } from '../faults/connection-cut.ts';
import { errorBody, type RequestIdentity } from './error-body.ts';
import type { PrimedRows } from './primed-rows.ts';
import type { ErrorPlacement, LayoutOptions } from './layout.ts';
import { columnsV2, cursorJson, rowsJson, visualizationJson } from './tables.ts';

export interface ResponseContext {
  readonly run: QueryRun;
  readonly rows: PrimedRows;
  readonly identity: RequestIdentity;
  /** The request's `csl`. */
  readonly text: string;
}

const placementNames: Readonly<Record<ErrorPlacement, string>> = {
  in_data: 'InData',
  end_of_table: 'EndOfTable',
  end_of_dataset: 'EndOfDataset',
};

const propertyColumns: readonly Column[] = [
  { name: 'TableId', type: 'int' },
  { name: 'Key', type: 'string' },
  { name: 'Value', type: 'dynamic' },
];

const completionColumns: readonly Column[] = [
  { name: 'Timestamp', type: 'datetime' },
  { name: 'ClientRequestId', type: 'string' },
  { name: 'ActivityId', type: 'guid' },
  { name: 'SubActivityId', type: 'guid' },
  { name: 'ParentActivityId', type: 'guid' },
  { name: 'Level', type: 'int' },
  { name: 'LevelName', type: 'string' },
  { name: 'StatusCode', type: 'int' },
  { name: 'StatusCodeName', type: 'string' },
  { name: 'EventType', type: 'int' },
  { name: 'EventTypeName', type: 'string' },
  { name: 'Payload', type: 'string' },
];

/**
 * The frames of a v2 answer (the service's page "Query V2 HTTP response"), in pieces small enough to stream. A failure
 * after the first byte is reported inside: at the chosen place, and always in DataSetCompletion; when the request defers
 * failures, in QueryCompletionInformation alone.
 */
export async function* responseV2(context: ResponseContext, layout: LayoutOptions): AsyncGenerator<string> {
  const separator = layout.newlines ? '\n,' : ',';
  const { run } = context;
  yield `[${header(layout)}${separator}${extendedProperties(run)}`;
  let failure: KustoServiceError | undefined;
  for (const [index, result] of run.compilation.results.entries()) {
    const rows = index === 0 ? context.rows : run.rows(index);
    yield separator;
    failure = yield* primaryResult(index + 1, result.columns, rows, context, layout, separator);
    if (failure !== undefined) break;
  }
  const reported = run.deferFailures ? undefined : failure;
  if (reported === undefined) yield separator + completionInformation(context, failure);
  const failed = reported === undefined ? '' : `,"OneApiErrors":${oneApiErrors(reported, context)}`;
  yield `${separator}{"FrameType":"DataSetCompletion","HasErrors":${reported !== undefined},"Cancelled":false${failed}}`;
  yield layout.newlines ? '\n]\n' : ']';
}

function header(layout: LayoutOptions): string {
  return JSON.stringify({
    FrameType: 'DataSetHeader',
    IsProgressive: false,
    Version: 'v2.0',
    ...(layout.fragmented ? { IsFragmented: true } : {}),
    ...(layout.fragmented || layout.errorPlacement !== 'in_data'
      ? { ErrorReportingPlacement: placementNames[layout.errorPlacement] }
      : {}),
  });
}

function extendedProperties(run: QueryRun): string {
  const visualization = JSON.stringify(visualizationJson(run));
  const rows = run.compilation.results.map((_, index) => [index + 1, 'Visualization', visualization]);
  const cursor = cursorJson(run);
  if (cursor !== undefined) rows.push([1, 'Cursor', JSON.stringify(cursor)]);
  return dataTable(
    0,
    'QueryProperties',
    '@ExtendedProperties',
    propertyColumns,
    rowsJson(propertyColumns, rows),
  );
}

function completionInformation(
  { run, identity }: ResponseContext,
  failure: KustoServiceError | undefined,
): string {
  const payload = JSON.stringify({ Count: 1, Text: failure?.message ?? 'Query completed successfully' });
  const status = failure === undefined ? undefined : failureStatus(failure);
  const { activityId } = identity;
  const row = [
    ticksOfMilliseconds(identity.time),
    identity.clientRequestId,
    activityId,
    activityId,
    activityId,
    status === undefined ? 4 : 2,
    status === undefined ? 'Info' : 'Error',
    status?.statusCode ?? 0,
    status?.statusCodeName ?? 'S_OK (0)',
    status === undefined ? 4 : 5,
    status?.eventTypeName ?? 'QueryInfo',
    payload,
  ];
  const name = 'QueryCompletionInformation';
  return dataTable(
    run.compilation.results.length + 1,
    name,
    name,
    completionColumns,
    rowsJson(completionColumns, [row]),
  );
}

function dataTable(id: number, kind: string, name: string, columns: readonly Column[], rows: string): string {
  return `{"FrameType":"DataTable",${tableHead(id, kind, name, columns)},"Rows":${rows}}`;
}

function tableHead(id: number, kind: string, name: string, columns: readonly Column[]): string {
  return `"TableId":${id},"TableKind":"${kind}","TableName":"${name}","Columns":${columnsV2(columns)}`;
}

/** The JSON of `OneApiErrors`. */
function oneApiErrors(failure: KustoServiceError, { identity, text }: ResponseContext): string {
  return JSON.stringify([errorBody(failure, identity, text)]);
}

/** Returns the failure when the result broke. */
async function* primaryResult(
  id: number,
  columns: readonly Column[],
  rows: AsyncIterable<RowBatch>,
  context: ResponseContext,
  layout: LayoutOptions,
  separator: string,
): AsyncGenerator<string, KustoServiceError | undefined> {
  const { fragmented, errorPlacement } = layout;
  const head = tableHead(id, 'PrimaryResult', 'PrimaryResult', columns);
  const fragment = `${separator}{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":${id},"Rows":[`;
  yield fragmented ? `{"FrameType":"TableHeader",${head}}` : `{"FrameType":"DataTable",${head},"Rows":[`;
  let count = 0;
  let failure: KustoServiceError | undefined;
  try {
    for await (const batch of rows) {
      if (fragmented) yield `${fragment}${batch.json}]}`;
      else yield count === 0 ? batch.json : `,${batch.json}`;
      count += batch.count;
    }
  } catch (error) {
    if (error instanceof ConnectionCut) throw error;
    failure = asServiceError(error);
  }
  const errors =
    failure === undefined || context.run.deferFailures ? undefined : oneApiErrors(failure, context);
  const inData = errors !== undefined && errorPlacement === 'in_data' ? `{"OneApiErrors":${errors}}` : '';
  const atEnd = errors !== undefined && errorPlacement === 'end_of_table' ? `,"OneApiErrors":${errors}` : '';
  if (fragmented) {
    if (inData !== '') yield `${fragment}${inData}]}`;
    yield `${separator}{"FrameType":"TableCompletion","TableId":${id},"RowCount":${count}${atEnd}}`;
  } else {
    yield `${inData !== '' && count > 0 ? ',' : ''}${inData}]${atEnd}}`;
  }
  return failure;
}
