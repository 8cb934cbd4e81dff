/** `parse-kv` (page "parse-kv operator"). */
import type { ParseKvOperator } from '../../parser/tree/tree-parse.ts';
import { invalid } from '../../refusal.ts';
import { convert, toText } from '../expressions/conversions.ts';
import { literalRegex, regexSubject } from '../expressions/patterns.ts';
import type { Relation } from '../relation.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';
import { extendWith } from './extend-with.ts';
import type { OperatorInput } from './operator.ts';
import { rowContext } from './operator.ts';

/** The values of the keys as a list of texts, NULL for a key that the text does not have. */
function found(operator: ParseKvOperator, text: string): string {
  const { regex, delimiters, quotes, escapes, greedy, span } = operator;
  const keys = operator.keys.map(({ name }) => name);
  if (regex === undefined) {
    const format = JSON.stringify({ keys, delimiters, quotes, escapes, greedy });
    return `CAST(CAST(kql_key_values(${text}, ${quoteText(format)}) AS JSON) AS VARCHAR[])`;
  }
  const { pattern, asciiOnly, groups } = literalRegex(regex, span);
  if (groups.length !== 2) throw invalid('the regex of parse-kv needs two groups exactly', span);
  const subject = regexSubject(text, asciiOnly);
  const all = (group: number) => `regexp_extract_all(${subject}, ${quoteText(pattern)}, ${group})`;
  const places = keys.map(
    (key) => `list_extract(v, list_position(list_transform(k, lambda x: trim(x)), ${quoteText(key)}))`,
  );
  return `(SELECT [${places.join(', ')}] FROM (SELECT ${all(1)} AS k, ${all(2)} AS v))`;
}

/** A key that is absent, or whose value is none of its type, is null; '' for a string. */
export function parseKv(operator: ParseKvOperator, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const text = context.hoist(toText(context.compiler.expression(operator.expression, context)).sql);
  const list = context.hoist(found(operator, text));
  const values = new Map<string, Value>();
  for (const [index, { name, type }] of operator.keys.entries()) {
    const item = `trim(list_extract(${list}, ${index + 1}), ' ' || chr(9) || chr(10) || chr(13))`;
    if (type === 'string') values.set(name, value(`coalesce(${item}, '')`, 'string'));
    else if (type === 'dynamic') values.set(name, value(`kql_parse_json(${item})`, 'dynamic'));
    else values.set(name, convert({ sql: item, type: 'string', nullable: true }, type, operator.span));
  }
  return extendWith(operator.columns, values, hoisting, input, operator.span);
}
