/** IPv4 and IPv6 addresses. */
import { invalid } from '../../refusal.ts';
import type { Call } from '../context.ts';
import type { Value } from '../value.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { argument, argumentSpan } from './definition.ts';
import { nativeArgument, nativeCall, nativeFunction, nativeList } from './native-call.ts';

const many = Number.POSITIVE_INFINITY;

/** Texts and arrays of texts from the second argument on. */
function withList(name: string): ScalarFunction {
  return {
    min: 2,
    max: many,
    compile: (call) =>
      nativeCall(name, [nativeArgument(call, 0, 'text'), nativeList(call, 1, 'json')], 'bool'),
  };
}

/** format_ipv4() takes a text or a number. */
function format(name: string): ScalarFunction {
  return {
    min: 1,
    max: 2,
    compile: (call: Call): Value => {
      const { type } = argument(call, 0);
      if (type !== 'string' && type !== 'int' && type !== 'long' && type !== 'dynamic')
        throw invalid(`${call.name}() takes a text or a number, not a ${type}`, argumentSpan(call, 0));
      const prefix = call.args.length === 2 ? nativeArgument(call, 1, 'long') : "''";
      return nativeCall(name, [nativeArgument(call, 0, 'text'), prefix], 'string');
    },
  };
}

const two = ['text', 'text'] as const;
const compared = ['text', 'text', 'long'] as const;
const masked = ['text', 'long'] as const;

export const addressFunctions: FunctionTable = {
  format_ipv4: format('format_ipv4'),
  format_ipv4_mask: format('format_ipv4_mask'),
  has_any_ipv4: withList('has_any_ipv4'),
  has_any_ipv4_prefix: withList('has_any_ipv4_prefix'),
  has_ipv4: { ...withList('has_any_ipv4'), max: 2 },
  has_ipv4_prefix: { ...withList('has_any_ipv4_prefix'), max: 2 },
  ipv4_compare: nativeFunction('ipv4_compare', compared, 'long', ['']),
  ipv4_is_in_any_range: withList('ipv4_is_in_any_range'),
  ipv4_is_in_range: { ...withList('ipv4_is_in_any_range'), max: 2 },
  ipv4_is_match: nativeFunction('ipv4_is_match', compared, 'bool', ['']),
  ipv4_is_private: nativeFunction('ipv4_is_private', ['text'], 'bool'),
  ipv4_netmask_suffix: nativeFunction('ipv4_netmask_suffix', ['text'], 'long'),
  ipv4_range_to_cidr_list: nativeFunction('ipv4_range_to_cidr_list', two, 'dynamic'),
  ipv6_compare: nativeFunction('ipv6_compare', compared, 'long', ['']),
  ipv6_is_in_any_range: withList('ipv6_is_in_any_range'),
  ipv6_is_in_range: { ...withList('ipv6_is_in_any_range'), max: 2 },
  ipv6_is_match: nativeFunction('ipv6_is_match', compared, 'bool', ['']),
  parse_ipv4: { ...nativeFunction('parse_ipv4', masked, 'long', ['']), max: 1 },
  parse_ipv4_mask: nativeFunction('parse_ipv4', masked, 'long'),
  parse_ipv6: { ...nativeFunction('parse_ipv6', masked, 'string', ['']), max: 1 },
  parse_ipv6_mask: nativeFunction('parse_ipv6', masked, 'string'),
};
