import { encodeValue, type Value } from '../engine/values/encode-value.ts';
import { typeNames } from '../engine/values/kusto-types.ts';
import type { QueryRun } from '../engine/queries/query-run.ts';
import type { Column } from '../types.ts';

/** `[{"ColumnName","ColumnType"}]` */
export function columnsV2(columns: readonly Column[]): string {
  return JSON.stringify(columns.map(({ name, type }) => ({ ColumnName: name, ColumnType: type })));
}

/** As {@link columnsV2}, with .NET's `DataType`. A command's bool is a Boolean, a query's an SByte. */
export function columnsV1(columns: readonly Column[], kind: 'command' | 'query'): string {
  return JSON.stringify(
    columns.map(({ name, type }) => ({
      ColumnName: name,
      DataType: kind === 'command' && type === 'bool' ? 'Boolean' : typeNames(type).dataType,
      ColumnType: type,
    })),
  );
}

/** `[[…],[…]]` of a small table. */
export function rowsJson(columns: readonly Column[], rows: readonly (readonly Value[])[]): string {
  const lines = rows.map(
    (row) => `[${columns.map(({ type }, ordinal) => encodeValue(type, row[ordinal] ?? null)).join(',')}]`,
  );
  return `[${lines.join(',')}]`;
}

const noVisualization = {
  Visualization: null,
  Title: null,
  XColumn: null,
  Series: null,
  YColumns: null,
  AnomalyColumns: null,
  XTitle: null,
  YTitle: null,
  XAxis: null,
  YAxis: null,
  Legend: null,
  YSplit: null,
  Accumulate: false,
  IsQuerySorted: false,
  Kind: null,
  Ymin: 'NaN',
  Ymax: 'NaN',
  Xmin: null,
  Xmax: null,
};

/** What clients need to draw a result: the properties of `render`, the rest as they are without it. */
export function visualizationJson(run: QueryRun): string {
  const { visualization } = run.compilation;
  return JSON.stringify({
    ...noVisualization,
    ...(visualization === undefined ? {} : JSON.parse(visualization)),
  });
}

/** `{"Cursor": "…"}` when the query filters by cursors: where the next one can go on. */
export function cursorJson(run: QueryRun): string | undefined {
  return run.compilation.filtersByCursor && run.cursor !== undefined
    ? JSON.stringify({ Cursor: run.cursor })
    : undefined;
}
