/** Columns found out from the data, put into the text as the output schemas that the query could have had itself. */
import type { Column, DiscoveredColumns, TextSpan } from '../types.ts';
import { bracketed } from './parser/syntax.ts';
import { invalid } from './refusal.ts';

export interface CompletedText {
  readonly text: string;
  /** What was found out for the plugin whose call ends at a place of {@link text}. */
  readonly discovered: ReadonlyMap<number, readonly Column[]>;
  /** A place in {@link text} as one in the query's own. */
  readonly original: (span: TextSpan) => TextSpan;
}

function outputColumns({ discovery, columns }: DiscoveredColumns): readonly Column[] {
  const { source, conflict, at } = discovery;
  const found = new Map(columns.map((column) => [column.name, column]));
  const both = source.find((column) => found.has(column.name));
  if (both !== undefined && conflict === 'error') {
    throw invalid(
      `the plugin makes a column named '${both.name}', which the rows have already (columnsConflict says what to do)`,
      { start: at, length: 0 },
    );
  }
  const kept = source.map((column) =>
    conflict === 'replace_source' ? (found.get(column.name) ?? column) : column,
  );
  const names = new Set(source.map((column) => column.name));
  return [...kept, ...columns.filter((column) => !names.has(column.name))];
}

/** @throws QueryError when a column found out has the name of another */
export function completeText(text: string, given: readonly DiscoveredColumns[]): CompletedText {
  const sorted = given.toSorted((a, b) => a.discovery.at - b.discovery.at);
  const discovered = new Map<number, readonly Column[]>();
  const insertions: { readonly start: number; readonly length: number }[] = [];
  let completed = '';
  let done = 0;
  for (const one of sorted) {
    const { at } = one.discovery;
    completed += text.slice(done, at);
    done = at;
    discovered.set(completed.length, one.columns);
    const list = outputColumns(one).map((column) => `${bracketed(column.name)}:${column.type}`);
    const schema = ` : (${list.join(', ')})`;
    insertions.push({ start: completed.length, length: schema.length });
    completed += schema;
  }
  completed += text.slice(done);
  const place = (offset: number) => {
    let shift = 0;
    for (const { start, length } of insertions) {
      if (offset >= start + length) shift += length;
      else if (offset > start) shift += offset - start;
    }
    return offset - shift;
  };
  return {
    text: completed,
    discovered,
    original: (span) => {
      const start = place(span.start);
      return { start, length: place(span.start + span.length) - start };
    },
  };
}
