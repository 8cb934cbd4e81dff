import { badRequest } from '../service-errors.ts';
import type { Compilation } from '../types.ts';
import { readDatetime, readFlag, isGiven, type RawOptions } from './option-values.ts';

/** Properties that change which rows a query has, and are not executed for the query inside a command. */
const values: readonly string[] = [
  'query_cursor_current',
  'query_cursor_scoped_tables',
  'query_datetimescope_column',
  'query_datetimescope_from',
  'query_datetimescope_to',
  'query_take_max_records',
];
const flags: readonly string[] = [
  'best_effort',
  'query_cursor_disabled',
  'query_results_apply_getschema',
  'validatepermissions',
];

/** @throws KustoServiceError for a property of the request, or of the query's `set`, that a command cannot follow */
export function refuseInCommand(options: RawOptions): void {
  const name =
    values.find((option) => isGiven(options[option])) ?? flags.find((option) => readFlag(options, option));
  if (name === undefined) return;
  throw badRequest(`The option ${name} is not supported for the query inside a command.`);
}

/** The ticks of `set query_now`; undefined without. @throws KustoServiceError */
export function nowOfSetOptions({ setOptions }: Compilation): bigint | undefined {
  return readDatetime(setOptions, 'query_now');
}
