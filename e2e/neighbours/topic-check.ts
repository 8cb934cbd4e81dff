import { elementId } from '../../packages/kusto-source/src/element/element-id.ts';
import type { Row } from '../../packages/kusto-source/src/quickstart/exact-json.ts';
import { plain } from './agreement.ts';
import type { Change } from './topic.ts';

export interface TopicCheck {
  readonly label: string;
  /** The column of the primary key. */
  readonly key: string;
  /** Columns of which the rows consist here. */
  readonly columns: readonly string[];
  /** Kusto's rows when the reader's bootstrap was made. */
  readonly before: readonly Row[];
  /** Kusto's rows now. */
  readonly now: readonly Row[];
  /** Everything on the topic, in its order. */
  readonly changes: readonly Change[];
}

/** What is wrong with a topic, element by element, and how much was said more than once. */
export interface TopicVerdict {
  /** Rows of Kusto that a reader does not have, or has as they were before. */
  readonly lost: readonly string[];
  /** Elements a reader has and Kusto does not. */
  readonly unexpected: readonly string[];
  /** Changes of an element that came for the first time after a later one of it. */
  readonly outOfOrder: readonly string[];
  /** Changes that came before: the same lsn, delivered again, or the same state under another one. */
  readonly duplicates: number;
}

/**
 * Folds a topic as a reader does that began with `before`. Order is that of lsn, which are never taken twice (R12): what comes again
 * with the same one is a delivery again, and no fault.
 */
export function checkTopic({ label, key, columns, before, now, changes }: TopicCheck): TopicVerdict {
  const id = (row: Row): string => elementId(label, [plain(row[key])]);
  const text = (row: Row): string => columns.map((column) => `${column}=${plain(row[column])}`).join(' ');
  const state = new Map(before.map((row) => [id(row), text(row)]));
  const newest = new Map<string, number>();
  const seen = new Map<string, Set<string>>();
  const outOfOrder: string[] = [];
  let duplicates = 0;
  for (const { payload } of changes) {
    const { after, before: gone, source } = payload;
    const element = after?.id ?? gone?.id;
    if (element === undefined || !Number.isSafeInteger(source.lsn))
      throw new Error(`no change: ${JSON.stringify(payload)}`);
    const value = after === undefined ? undefined : text(after.properties);
    const said = seen.get(element) ?? new Set();
    seen.set(element, said);
    const delivery = `${source.lsn} ${value}`;
    if (said.has(delivery) || said.has(String(value))) duplicates += 1;
    if (source.lsn <= (newest.get(element) ?? -1)) {
      if (!said.has(delivery)) outOfOrder.push(`${element}: lsn ${source.lsn} after ${newest.get(element)}`);
    } else newest.set(element, source.lsn);
    said.add(delivery).add(String(value));
    if (value === undefined) state.delete(element);
    else state.set(element, value);
  }
  const wanted = new Map(now.map((row) => [id(row), text(row)]));
  const lost = [...wanted]
    .filter(([element, value]) => state.get(element) !== value)
    .map(([element, value]) => `${element}: ${state.get(element) ?? 'missing'}, not ${value}`);
  const unexpected = [...state.keys()].filter((element) => !wanted.has(element));
  return { lost, unexpected, outOfOrder, duplicates };
}
