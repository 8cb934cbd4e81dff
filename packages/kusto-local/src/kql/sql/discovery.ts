import type { Discovery } from '../../types.ts';
import type { Tabular } from '../parser/tree/tree.ts';
import { invalid, unsupported } from '../refusal.ts';
import { discoverySql } from './operators/plugins.ts';
import type { CompileState, Scope } from './state.ts';
import { compiler, compileTabular } from './tabular.ts';

/** What has to be found out for the plugin at the end of the rows. */
export function compileDiscovery(source: Tabular, state: CompileState, scope: Scope): Discovery {
  if (source.kind !== 'pipe') throw invalid('the plugin has no rows', source.span);
  const { operator } = source;
  if (operator.kind !== 'bag_unpack' && operator.kind !== 'pivot') {
    throw unsupported('this plugin', operator.span);
  }
  const input = compileTabular(source.input, state, scope);
  const sql = discoverySql(operator, { input, state, scope, compiler });
  return {
    at: operator.at,
    sql: `${state.with()}${sql}`,
    source:
      operator.kind === 'pivot'
        ? operator.keys
        : input.columns.filter(({ name }) => name !== operator.bag).map(({ name, type }) => ({ name, type })),
    conflict: operator.kind === 'pivot' ? 'error' : operator.conflict,
  };
}
