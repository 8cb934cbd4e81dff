/** What the `set` statements of a query's text mean to its execution. */
import { badRequest } from './engine/service-errors.ts';
import { parseDatetime } from './engine/times.ts';
import type { Compilation } from './types.ts';

/** Options that change which rows an answer has; to ignore one would be a wrong answer. */
const refused: readonly string[] = [
  'best_effort',
  'query_cursor_after_default',
  'query_cursor_before_or_at_default',
  'query_cursor_current',
  'query_cursor_disabled',
  'query_cursor_scoped_tables',
  'query_datetimescope_column',
  'query_datetimescope_from',
  'query_datetimescope_to',
  'query_results_apply_getschema',
  'query_take_max_records',
  'validatepermissions',
];

/** The ticks of `set query_now`; undefined without. @throws KustoServiceError when an option is not executed here */
export function nowOfSetOptions(compilation: Compilation): bigint | undefined {
  const { setOptions } = compilation;
  const name = refused.find((option) => Object.hasOwn(setOptions, option) && setOptions[option] !== false);
  if (name !== undefined) throw badRequest(`The option ${name} of 'set' is not supported by this endpoint.`);
  if (!Object.hasOwn(setOptions, 'query_now')) return undefined;
  const text = String(setOptions['query_now']).replace(/^\s*datetime\((.*)\)\s*$/, '$1');
  const ticks = parseDatetime(text);
  if (ticks === null) throw badRequest("The option query_now of 'set' is a datetime.");
  return ticks;
}
