/** `parse` and `parse-where` (pages "parse operator", "parse-where operator"). */
import type { TextSpan } from '../../../types.ts';
import type { ParseOperator } from '../../parser/tree/tree-parse.ts';
import { convert, toText } from '../expressions/conversions.ts';
import { regexSubject } from '../expressions/patterns.ts';
import type { Relation } from '../relation.ts';
import type { Value } from '../value.ts';
import { nullOf, quoteText, value } from '../value.ts';
import { extendWith } from './extend-with.ts';
import type { OperatorInput } from './operator.ts';
import { rowContext } from './operator.ts';
import { parsePattern } from './parse-pattern.ts';

const americanDate = String.raw`^\s*(\d{1,2})/(\d{1,2})/(\d{4})\b`;

/** The value of a captured text; NULL when it is none of the type. A string is itself. */
function captured(sql: string, type: Value['type'], span: TextSpan): Value {
  if (type === 'dynamic') return value(`kql_parse_json(${sql})`, 'dynamic');
  // The page's own example has dates as month/day/year.
  if (type === 'datetime') {
    const iso = `CASE WHEN regexp_matches(${sql}, '${americanDate}') THEN regexp_replace(${sql}, '${americanDate}', '\\3-\\1-\\2') ELSE ${sql} END`;
    return convert(value(iso, 'string'), type, span);
  }
  return convert(value(sql, 'string'), type, span);
}

/**
 * In simple mode a text is parsed when all of it matches and every column has a value of its type; in relaxed mode a column may
 * be null. Where the page leaves open what a text counts as (junk before or behind a pattern without a star there), the query
 * fails rather than guess.
 */
export function parse(operator: ParseOperator, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const { regex, groups, asciiOnly, wholeStart, wholeEnd } = parsePattern(operator);
  const given = toText(context.compiler.expression(operator.expression, context)).sql;
  const text = context.hoist(regexSubject(given, asciiOnly));
  const pattern = quoteText(regex);
  const names = `[${groups.map((name) => quoteText(name)).join(', ')}]`;
  const extracted = groups.length === 0 ? "''" : `regexp_extract(${text}, ${pattern}, ${names})`;
  const match = context.hoist(`CASE WHEN regexp_matches(${text}, ${pattern}) THEN ${extracted} END`);
  const tests: string[] = [];
  const values = new Map<string, Value>();
  let index = 0;
  for (const part of operator.pattern) {
    if (part.kind !== 'column') continue;
    const { name, type } = part.column;
    const field = `(${match}).c${index}`;
    index += 1;
    if (type === 'string') {
      values.set(name, value(field, 'string'));
      continue;
    }
    const converted = context.hoist(captured(field, type, part.span).sql);
    if (operator.mode !== 'relaxed' && type !== 'dynamic') tests.push(`${converted} IS NOT NULL`);
    values.set(name, value(converted, type));
  }
  const junk = [
    ...(wholeStart ? [`(${match}).lead <> ''`] : []),
    ...(wholeEnd ? [`(${match}).rest <> ''`] : []),
  ];
  const failure = quoteText(
    `${operator.name}: the pattern matches a part of the text only: say where junk may stand with *, in `,
  );
  const parsed = context.hoist(
    `CASE WHEN ${match} IS NULL THEN false ${
      junk.length === 0
        ? ''
        : `WHEN ${junk.join(' OR ')} THEN CAST(error(${failure} || ${text}[1:100]) AS BOOLEAN) `
    }ELSE ${tests.length === 0 ? 'true' : tests.join(' AND ')} END`,
  );
  for (const [name, made] of values) {
    values.set(
      name,
      value(`CASE WHEN ${parsed} THEN ${made.sql} ELSE ${nullOf(made.type).sql} END`, made.type),
    );
  }
  const condition = operator.name === 'parse-where' ? parsed : undefined;
  return extendWith(operator.columns, values, hoisting, input, operator.span, condition);
}
