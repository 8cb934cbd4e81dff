import { KustoSourceError } from '../errors.ts';
import { queryError, tokenizeKql, type KqlToken } from './kql-tokens.ts';

/** A column that says of a row whether it passes the filters and is not deleted. */
export const liveColumn = '__drasi_live';

/** A query whose filters mark rows instead of leaving them out. */
export interface MarkedQuery {
  /** The user's `let` statements, as written. */
  readonly lets: string;
  /** The tabular statement. Each of its rows has the column `__drasi_live`. */
  readonly rows: string;
}

interface Operator {
  readonly name: KqlToken;
  readonly pipe: KqlToken;
  /** The last token of the operator. */
  readonly last: KqlToken;
  /** Where the next operator begins, or the query ends. */
  readonly end: number;
}

/**
 * The row-local query in which filters do not drop rows but clear a flag: latest detection needs the rows that fail too, since the
 * newest row of a key may be one of them. Filters keep their places among the other operators, and comments theirs. A
 * predicate that is null is not met.
 * @param deletedWhen DELETED_WHEN: over the columns of the table
 * @param head KQL in place of the table's name
 * @throws KustoSourceError QUERY as {@link notForLatest} says
 */
export function markRows(text: string, deletedWhen: string | undefined, head?: string): MarkedQuery {
  const unfit = notForLatest(text);
  if (unfit !== undefined) throw new KustoSourceError('QUERY', unfit);
  const { table, operators } = parse(text);
  const first = operators[0]?.pipe.start ?? text.length;
  const alive = deletedWhen === undefined ? 'true' : `not(${met(deletedWhen)})`;
  const parts = [
    `${head ?? text.slice(table.start, table.end)}${text.slice(table.end, first)}\n| extend ${liveColumn} = ${alive}\n`,
    ...operators.map((operator) => markOperator(text, operator)),
  ];
  return { lets: text.slice(0, table.start), rows: parts.join('').trimEnd() };
}

/**
 * Why the filters of a row-local query cannot be made to mark rows, as a sentence with its place; undefined when they can.
 * @throws KustoSourceError QUERY for text that is no KQL
 */
export function notForLatest(text: string): string | undefined {
  const { operators, tokens } = parse(text);
  const because = (at: KqlToken, reason: string): string =>
    queryError(text, at.start, `${reason}; latest detection has to follow the rows that are left out, too`)
      .message;
  for (const token of tokens)
    if (token.text === liveColumn) return because(token, `${liveColumn} is a name of the Source's own`);
  for (const { name, last } of operators) {
    const own = tokens.filter(({ start }) => start >= name.end && start < last.end);
    if (name.text === 'parse-where')
      return because(name, 'parse-where leaves out what does not match: write parse, and a where behind it');
    if (name.text === 'where' || name.text === 'filter') {
      const star = own.find((token, at) => isEveryColumn(token, own[at - 1]));
      if (star !== undefined) return because(star, '* looks at every column: name those that are meant');
    }
    if (name.text === 'project-away' && takesFlag(own))
      return because(name, `project-away takes ${liveColumn} away as well: write a narrower pattern`);
  }
  return undefined;
}

/** A query up to its first operator: the user's `let` statements and the table. @throws KustoSourceError QUERY for text that is no KQL */
export function beforeOperators(text: string): string {
  return text.slice(0, parse(text).operators[0]?.pipe.start).trimEnd();
}

function markOperator(text: string, { name, pipe, last, end }: Operator): string {
  switch (name.text) {
    case 'where':
    case 'filter':
      return `| extend ${liveColumn} = ${liveColumn} and ${met(text.slice(name.end, end))}\n`;
    case 'project':
    case 'project-keep':
      return `${text.slice(pipe.start, last.end)}, ${liveColumn}${text.slice(last.end, end)}`;
    default:
      return text.slice(pipe.start, end);
  }
}

/** The predicate stands on lines of its own, as it may end in a comment. */
const met = (predicate: string): string => `coalesce(tobool((\n${predicate.trim()}\n)), false)`;

function parse(text: string): {
  readonly tokens: readonly KqlToken[];
  readonly table: KqlToken;
  readonly operators: readonly Operator[];
} {
  const tokens = tokenizeKql(text);
  const from = 1 + tokens.findLastIndex((token) => isPunctuation(token, ';') && token.depth === 0);
  const [table, ...rest] = tokens.slice(from);
  if (table === undefined) throw queryError(text, 0, 'there is no query');
  const pipes = rest.filter((token) => isPunctuation(token, '|') && token.depth === 0);
  const operators = pipes.flatMap((pipe, at) => {
    const end = pipes[at + 1]?.start ?? text.length;
    const own = rest.filter(({ start }) => start > pipe.start && start < end);
    const [name, last] = [own[0], own.at(-1)];
    return name === undefined || last === undefined ? [] : [{ name, pipe, last, end }];
  });
  return { tokens, table, operators };
}

const isPunctuation = (token: KqlToken, text: string): boolean =>
  token.kind === 'punctuation' && token.text === text;

/** `* has "x"`, in which the star is no multiplication. */
function isEveryColumn(token: KqlToken, before: KqlToken | undefined): boolean {
  if (!isPunctuation(token, '*')) return false;
  if (before === undefined || isPunctuation(before, '(') || isPunctuation(before, ',')) return true;
  return before.kind === 'name' && ['and', 'or', 'not'].includes(before.text);
}

/** Whether a pattern of `project-away`, in which stars stand for any text, is met by the flag's name. */
function takesFlag(tokens: readonly KqlToken[]): boolean {
  const patterns = [''];
  for (const token of tokens) {
    if (isPunctuation(token, ',')) patterns.push('');
    else patterns.push((patterns.pop() ?? '') + token.text);
  }
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[^A-Za-z0-9_]/g, String.raw`\$&`));
    return parts.length > 1 && new RegExp(`^${parts.join('.*')}$`).test(liveColumn);
  });
}
