import { KustoSourceError } from '../errors.ts';
import { nearest } from '../config/nearest.ts';
import { notForLatest } from './latest-query.ts';
import { queryError, tokenizeKql, type KqlToken } from './kql-tokens.ts';

/** KUSTO_QUERY, checked: any `let` statements, then one tabular statement over the table. */
export interface SourceQuery {
  /** As the user wrote it, without a semicolon at its end. */
  readonly text: string;
  /** Why its changes cannot be read off the table's new rows (rule R15), as a sentence with its place; absent when they can. */
  readonly notRowLocal?: string;
  /** Why latest detection cannot follow a query that is row-local; absent when it can. */
  readonly notForLatest?: string;
}

/**
 * Operators that turn one row into at most one row, looking at nothing else (rule R15). Behind each of them the key's hash may
 * cut the result, so whatever is accepted here can be read in slices: a snapshot has no other way to read, and needs none.
 */
const rowLocalOperators = new Set([
  'where',
  'filter',
  'extend',
  'project',
  'project-away',
  'project-keep',
  'project-rename',
  'project-reorder',
  'parse',
  'parse-where',
]);

/** Functions whose value changes while the row does not, or that look beyond the row. */
const forbiddenFunctions: Readonly<Record<string, string>> = {
  now: 'its value changes while the row does not',
  ago: 'its value changes while the row does not',
  rand: 'its value changes while the row does not',
  new_guid: 'its value changes while the row does not',
  extent_id: 'its value changes while the row does not',
  extent_tags: 'its value changes while the row does not',
  cursor_after: 'the Source itself sets the cursor',
  cursor_before_or_at: 'the Source itself sets the cursor',
  cursor_current: 'the Source itself sets the cursor',
  current_cursor: 'the Source itself sets the cursor',
  toscalar: 'it reads more than the row',
  materialize: 'it reads more than the row',
  table: 'it would read the whole table in every window',
  external_table: 'it reads more than the row',
  materialized_view: 'materialized views have no cursor',
  stored_query_result: 'it reads more than the row',
  database: 'it reaches beyond the table',
  cluster: 'it reaches beyond the table',
  row_number: 'it depends on other rows',
  row_rank_dense: 'it depends on other rows',
  row_rank_min: 'it depends on other rows',
  row_cumsum: 'it depends on other rows',
  row_window_session: 'it depends on other rows',
  prev: 'it depends on other rows',
  next: 'it depends on other rows',
};

const needsReconcile =
  'append and latest detection take KUSTO_TABLE followed by where, extend, project…, parse (one row in, at most one row out)';

/**
 * Checks that KUSTO_QUERY is one query, and finds out whether append and latest detection can follow it (rule R15): a head reference
 * to the table, then row-local operators. Anything else would see only the window's rows, or escape the window.
 * @throws KustoSourceError QUERY with line, column and reason
 */
export function analyzeQuery(text: string, table: string): SourceQuery {
  const statements = splitStatements(tokenizeKql(text));
  const last = statements.at(-1);
  if (last === undefined) throw queryError(text, 0, 'there is no query');
  for (const statement of statements) checkStatementKind(text, statement, statement === last);
  const end = last.at(-1)?.end ?? text.length;
  const query = { text: text.slice(0, end) };
  try {
    for (const statement of statements.slice(0, -1)) checkLet(text, statement, table);
    checkTabular(text, last, table);
    refuseTables(text, statements);
    for (const statement of statements) checkFunctions(text, statement);
  } catch (error) {
    if (!(error instanceof NotRowLocal)) throw error;
    return { ...query, notRowLocal: error.reason.message };
  }
  const unfit = notForLatest(query.text);
  return unfit === undefined ? query : { ...query, notForLatest: unfit };
}

/** Carries the reason out of the checks. */
class NotRowLocal extends Error {
  readonly reason: KustoSourceError;

  constructor(reason: KustoSourceError) {
    super(reason.message);
    this.reason = reason;
  }
}

/**
 * Checks that a property is one KQL expression over a row.
 * @throws KustoSourceError CONFIGURATION
 */
export function checkPredicate(property: string, text: string): void {
  const refuse = (reason: string): never => {
    throw new KustoSourceError(
      'CONFIGURATION',
      `${property}: ${reason}: write one predicate, such as IsDeleted == true`,
    );
  };
  let tokens: readonly KqlToken[];
  try {
    tokens = tokenizeKql(text);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (tokens.length === 0) refuse('it is empty');
  if (tokens.some(({ kind, text: token }) => kind === 'punctuation' && (token === ';' || token === '|')))
    refuse('it holds more than an expression');
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'name' || tokens[index + 1]?.text !== '(') continue;
    const reason = Object.hasOwn(forbiddenFunctions, token.text) ? forbiddenFunctions[token.text] : undefined;
    if (reason !== undefined) refuse(`${token.text}() is not allowed: ${reason}`);
  }
}

function splitStatements(tokens: readonly KqlToken[]): readonly (readonly KqlToken[])[] {
  const statements: KqlToken[][] = [[]];
  for (const token of tokens) {
    if (token.text === ';' && token.kind === 'punctuation' && token.depth === 0) statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter((statement) => statement.length > 0);
}

function checkStatementKind(text: string, statement: readonly KqlToken[], isLast: boolean): void {
  const [first] = statement;
  if (first === undefined) return;
  if (first.text === '.')
    throw queryError(text, first.start, 'this is a control command; KUSTO_QUERY takes a query only');
  if (isKeyword(first, 'set'))
    throw queryError(
      text,
      first.start,
      'set statements are not allowed: the Source sets the options of its queries',
    );
  for (const keyword of ['declare', 'alias', 'restrict', 'pattern']) {
    if (isKeyword(first, keyword))
      throw queryError(text, first.start, `${keyword} statements are not allowed, only let`);
  }
  const isLet = isKeyword(first, 'let');
  if (isLast && isLet)
    throw queryError(text, first.start, 'there are only let statements; a query has to follow them');
  if (!isLast && !isLet)
    throw queryError(
      text,
      first.start,
      'there is more than one query; KUSTO_QUERY takes let statements and one query',
    );
}

function checkLet(text: string, statement: readonly KqlToken[], table: string): void {
  const [keyword, name, equals, ...value] = statement;
  if (keyword === undefined || name === undefined || equals?.text !== '=')
    throw queryError(text, keyword?.start ?? 0, 'a let statement reads: let name = expression');
  if (name.text === table)
    throw reconcileError(text, name, `a let named ${table} collides with KUSTO_TABLE: give it another name`);
  refuseReferences(text, value, table);
}

/** `summarize` is near no row-local operator, `projct` is: a typing mistake gets a better answer than a list. */
function operatorMeant(word: string): string {
  const candidate = nearest(word, rowLocalOperators);
  return candidate === undefined ? '' : ` (did you mean ${candidate}?)`;
}

function checkTabular(text: string, statement: readonly KqlToken[], table: string): void {
  const [head, ...rest] = statement;
  if (head === undefined) return;
  const afterHead = rest[0];
  const isReference = head.kind === 'quoted-name' || head.kind === 'name';
  if (!isReference || head.text !== table || (afterHead !== undefined && afterHead.text !== '|'))
    throw reconcileError(text, head, `the query does not begin with the table ${table} (KUSTO_TABLE) itself`);
  rest.forEach((token, index) => {
    if (token.text !== '|' || token.kind !== 'punctuation') return;
    const operator = rest[index + 1];
    if (operator === undefined) throw queryError(text, token.start, 'an operator has to follow the |');
    if (token.depth > 0)
      throw reconcileError(text, token, 'a query inside the query reads more than the row');
    if (operator.kind !== 'name' || !rowLocalOperators.has(operator.text))
      throw reconcileError(
        text,
        operator,
        `${operator.text} is not a row-local operator${operatorMeant(operator.text)}`,
      );
  });
  refuseReferences(text, rest, table);
}

/**
 * A bare name where a table may stand: as a whole `let`, as the body of a function, or alone after `in`. Whether it is a
 * column or another table cannot be told without the schema, and a change of another table would never be seen.
 */
function refuseTables(text: string, statements: readonly (readonly KqlToken[])[]): void {
  const lets = new Map<string, 'scalar' | 'function'>();
  const refuse = (token: KqlToken): never => {
    throw reconcileError(
      text,
      token,
      `${token.text} may be another table here (for one value write == instead)`,
    );
  };
  for (const statement of statements) {
    const isLet = statement[0] !== undefined && isKeyword(statement[0], 'let');
    const [, name, , value, ...more] = statement;
    if (
      isLet &&
      value !== undefined &&
      more.length === 0 &&
      isName(value) &&
      !isLiteral(value) &&
      !lets.has(value.text)
    )
      refuse(value);
    for (const [index, token] of statement.entries()) {
      const [next, after] = [statement[index + 1], statement[index + 2]];
      if (token.text === '{' && next !== undefined && isName(next) && after?.text === '}') refuse(next);
      const open = next?.text === '~' ? index + 2 : index + 1;
      if (!isMembership(token) || statement[open]?.text !== '(') continue;
      const [inner, behind] = [statement[open + 1], statement[open + 2]];
      if (inner === undefined || !isName(inner)) continue;
      if (behind?.text === ')' && lets.get(inner.text) !== 'scalar') refuse(inner);
      if (behind?.text === '(' && lets.get(inner.text) === 'function') refuse(inner);
    }
    if (isLet && name !== undefined)
      lets.set(name.text, statement.some((token) => token.text === '{') ? 'function' : 'scalar');
  }
}

const isName = (token: KqlToken): boolean => token.kind === 'name' || token.kind === 'quoted-name';
const isLiteral = (token: KqlToken): boolean => ['true', 'false', 'null'].includes(token.text);
const isMembership = (token: KqlToken): boolean =>
  token.kind === 'name' && ['in', 'has_any', 'has_all'].includes(token.text);

/** A second mention of the table, or a pipe inside a let, would see only the window's rows. */
function refuseReferences(text: string, tokens: readonly KqlToken[], table: string): void {
  for (const [index, token] of tokens.entries()) {
    const isMember = tokens[index - 1]?.text === '.';
    if (token.text === '|' && token.kind === 'punctuation' && isInLet(tokens, token))
      throw reconcileError(text, token, 'a tabular let reads more than the row');
    if ((token.kind === 'name' || token.kind === 'quoted-name') && token.text === table && !isMember)
      throw reconcileError(
        text,
        token,
        `${table} is mentioned again, and would be only the window's rows there`,
      );
  }
}

function isInLet(tokens: readonly KqlToken[], token: KqlToken): boolean {
  // In the tabular statement the pipes at depth 0 are its operators and were checked there; in a let every pipe is one too many.
  return token.depth > 0 || tokens[0]?.text !== '|';
}

function checkFunctions(text: string, statement: readonly KqlToken[]): void {
  for (const [index, token] of statement.entries()) {
    if (token.kind !== 'name' || statement[index + 1]?.text !== '(') continue;
    const reason = Object.hasOwn(forbiddenFunctions, token.text) ? forbiddenFunctions[token.text] : undefined;
    if (reason !== undefined) throw reconcileError(text, token, `${token.text}() is not allowed: ${reason}`);
  }
}

function reconcileError(text: string, token: KqlToken, reason: string): NotRowLocal {
  return new NotRowLocal(queryError(text, token.start, `${reason}; ${needsReconcile}`));
}

function isKeyword(token: KqlToken, keyword: string): boolean {
  return token.kind === 'name' && token.text === keyword;
}
