import { timespanText } from './literals/literals.ts';
import { datetimeText } from './literals/datetime-text.ts';
import { invalid, unsupported } from '../refusal.ts';
import type { Converter } from './converter.ts';
import type { SyntaxNode } from './syntax.ts';
import type { SetOptionValue } from '../../types.ts';

/** Request properties whose page says that a `set` statement cannot change them. */
const barred: ReadonlySet<string> = new Set([
  'norequesttimeout',
  'query_language',
  'query_log_query_parameters',
  'query_results_cache_force_refresh',
  'query_weakconsistency_session_id',
  'queryconsistency',
  'request_app_name',
  'request_readonly',
  'request_readonly_hardline',
  'request_user',
  'results_progressive_enabled',
  'results_v2_fragment_primary_tables',
  'servertimeout',
]);

function valueOf(node: SyntaxNode, converter: Converter): SetOptionValue {
  const expression = converter.expression(node);
  if (expression.kind !== 'literal' || expression.value === null) {
    throw unsupported("a value of 'set' that is not a literal", node.span);
  }
  const { type, value } = expression;
  if (typeof value === 'bigint') {
    if (type === 'datetime') return datetimeText(value);
    if (type === 'timespan') return timespanText(value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  }
  return value;
}

/**
 * `set name [= value]`: one request property, as the properties of a request would have it (page "set statement").
 * @throws QueryError when the property cannot be set in the text of a query
 */
export function convertSetOption(
  node: SyntaxNode,
  converter: Converter,
): { readonly name: string; readonly value: SetOptionValue } {
  // Properties are written in lower case; a request's other spelling must not go unheard.
  const name = (node.child('Name')?.text ?? '').toLowerCase();
  if (barred.has(name)) {
    throw invalid(`the request property '${name}' cannot be changed by a set statement`, node.span);
  }
  const value = node.child('ValueClause')?.child('Expression');
  return { name, value: value === undefined ? true : valueOf(value, converter) };
}

/** Set more than once, the lower value counts (page "Query limits"). */
const lowerWins: ReadonlySet<string> = new Set([
  'query_take_max_records',
  'truncationmaxrecords',
  'truncationmaxsize',
]);

/** Adds an option to those of the statements before it, of which it takes the place. */
export function addSetOption(
  options: Record<string, SetOptionValue>,
  name: string,
  value: SetOptionValue,
): void {
  const before = Object.hasOwn(options, name) ? options[name] : undefined;
  const isLower = typeof before === 'number' && typeof value === 'number' && before < value;
  if (lowerWins.has(name) && isLower) return;
  options[name] = value;
}
