/** The `to…()` functions and the tests for null. */
import type { KustoType } from '../../../types.ts';
import type { Call } from '../context.ts';
import { convert } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { argument, argumentSpan, template } from './definition.ts';

function to(type: KustoType): ScalarFunction {
  return { min: 1, max: 1, compile: (call) => convert(argument(call, 0), type, argumentSpan(call, 0)) };
}

function parseJson(call: Call): Value {
  const given = argument(call, 0);
  if (given.type === 'string') return value(`kql_parse_json(${given.sql})`, 'dynamic');
  return convert(given, 'dynamic', argumentSpan(call, 0));
}

function isNull(call: Call): Value {
  const given = argument(call, 0);
  // A string is never null.
  if (given.type === 'string') return value('false', 'bool', false);
  return value(`(${given.sql} IS NULL)`, 'bool', false);
}

function isNotNull(call: Call): Value {
  const given = argument(call, 0);
  if (given.type === 'string') return value('true', 'bool', false);
  return value(`(${given.sql} IS NOT NULL)`, 'bool', false);
}

function getType(call: Call): Value {
  const given = argument(call, 0);
  if (given.type === 'dynamic') return value(`kql_dynamic_type(${given.sql})`, 'string');
  return value(
    given.nullable
      ? `CASE WHEN ${given.sql} IS NULL THEN 'null' ELSE '${given.type}' END`
      : `'${given.type}'`,
    'string',
  );
}

/** False of null too: 'true if x is …, and false otherwise' (pages `isnan()`, `isinf()`, `isfinite()`). */
function test(sql: string): ScalarFunction {
  return template(['real'], 'bool', (x) => `coalesce(${sql}(${x}), false)`, { nullable: false });
}

const json: ScalarFunction = { min: 1, max: 1, compile: parseJson };

export const conversionFunctions: FunctionTable = {
  gettype: { min: 1, max: 1, compile: getType },
  isfinite: test('isfinite'),
  isinf: test('isinf'),
  isnan: test('isnan'),
  isnotnull: { min: 1, max: 1, compile: isNotNull },
  isnull: { min: 1, max: 1, compile: isNull },
  notnull: { min: 1, max: 1, compile: isNotNull },
  parse_json: json,
  parsejson: json,
  tobool: to('bool'),
  toboolean: to('bool'),
  todatetime: to('datetime'),
  todecimal: to('decimal'),
  todouble: to('real'),
  todynamic: json,
  toguid: to('guid'),
  toint: to('int'),
  tolong: to('long'),
  toobject: json,
  toreal: to('real'),
  tostring: {
    ...to('string'),
    note: 'a real as .NET writes it: 1.0 is 1, 1e20 is 1E+20; the reference does not say how the service does',
  },
  totime: to('timespan'),
  totimespan: to('timespan'),
};
