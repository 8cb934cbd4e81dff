/** The plugins of `evaluate` that are executed; see also `bag-unpack.ts` and `pivot.ts`. */
import type { NarrowOperator, PluginOperator } from '../../parser/tree/tree-plugins.ts';
import { unsupported } from '../../refusal.ts';
import { toText } from '../expressions/conversions.ts';
import type { Relation } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import { quoteText, value } from '../value.ts';
import { bagUnpack, bagUnpackDiscovery } from './bag-unpack.ts';
import type { OperatorInput } from './operator.ts';
import { pivot, pivotDiscovery } from './pivot.ts';
import { freeze } from './serialize.ts';

/** A SELECT of (name, type) rows: the columns that the data makes. */
export function discoverySql(operator: PluginOperator, input: OperatorInput): string {
  switch (operator.kind) {
    case 'bag_unpack':
      return bagUnpackDiscovery(operator, input);
    case 'pivot':
      return pivotDiscovery(operator, input);
    case 'narrow':
    default:
      throw unsupported('this plugin', operator.span);
  }
}

export function evaluate(operator: PluginOperator, input: OperatorInput): Relation {
  switch (operator.kind) {
    case 'bag_unpack':
      return bagUnpack(operator, input);
    case 'pivot':
      return pivot(operator, input);
    case 'narrow':
    default:
      return narrow(operator, input);
  }
}

/**
 * `narrow` (page "narrow plugin"): a row for each cell. Rows are counted from 0. The page shows times and bools as no KQL function
 * prints them, so that only types with one spelling are executed.
 */
function narrow(operator: NarrowOperator, input: OperatorInput): Relation {
  const { span } = operator;
  const rows = freeze(input.input, input.state, span);
  const ordinal = rows.order[0]?.sql ?? '';
  const identifiers = new Identifiers();
  const columns = operator.columns.map((column) => identifiers.column(column.name, column.type));
  const [row, name, cell] = columns;
  if (row === undefined || name === undefined || cell === undefined) {
    throw unsupported('the columns of narrow()', span);
  }
  const cells = rows.columns.map((column, index) => {
    if (!['dynamic', 'guid', 'int', 'long', 'string'].includes(column.type)) {
      throw unsupported(`narrow() over the ${column.type} column '${column.name}': use tostring(), it`, span);
    }
    const text = toText(value(column.sql, column.type)).sql;
    return `{'place': ${index}, 'name': ${quoteText(column.name)}, 'value': ${text}}`;
  });
  const cellNumber = input.state.fresh('o');
  const from = input.state.emit(
    `SELECT number - 1 AS ${row.sql}, cell.name AS ${name.sql}, cell.value AS ${cell.sql}, number * ${cells.length} + cell.place AS ${cellNumber} FROM (SELECT ${ordinal} AS number, unnest([${cells.join(', ')}]) AS cell FROM ${rows.from})`,
    span,
  );
  return { from, columns, records: false, order: [{ sql: cellNumber, direction: 'ASC NULLS LAST' }] };
}
