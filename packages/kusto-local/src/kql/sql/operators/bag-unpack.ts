/** `evaluate bag_unpack` (page "bag_unpack plugin"). */
import type { Column, KustoType } from '../../../types.ts';
import type { BagUnpackOperator } from '../../parser/tree/tree-plugins.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { convert } from '../expressions/conversions.ts';
import type { Relation, RelationColumn } from '../relation.ts';
import { carried, Identifiers } from '../relation.ts';
import { quoteText, value } from '../value.ts';
import type { OperatorInput } from './operator.ts';

function bagColumn(operator: BagUnpackOperator, input: OperatorInput): RelationColumn {
  const column = input.input.columns.find(({ name }) => name === operator.bag);
  if (column?.type !== 'dynamic') throw invalid('bag_unpack() unpacks a dynamic column', operator.span);
  return column;
}

// A dynamic value is held as JSON text here: a datetime, timespan or guid in a bag looks like the text of one.
const looksLikeOther = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?|-?(\d+\.)?\d{2}:\d{2}:\d{2}(\.\d+)?|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`;

/** The slots of all bags, by name: the type of their values, dynamic where they differ. */
export function bagUnpackDiscovery(operator: BagUnpackOperator, input: OperatorInput): string {
  const bag = bagColumn(operator, input).sql;
  const ignored = operator.ignored.map((name) => quoteText(name));
  const unclear = `CAST(error('bag_unpack: values of the slot ''' || slot || ''' are texts that look like datetimes, timespans or guids, or all null: say the columns in an output schema, : (column: type, ...)') AS VARCHAR)`;
  return `SELECT ${quoteText(operator.prefix)} || slot AS name,
  CASE WHEN ${quoteText(operator.prefix)} || slot = '' THEN CAST(error('bag_unpack: a slot without a name: give the columns a prefix, or ignore it') AS VARCHAR)
    WHEN count(DISTINCT type) FILTER (WHERE type <> 'null') > 1 THEN 'dynamic'
    WHEN bool_and(type IN ('null', 'unclear')) THEN ${unclear}
    ELSE max(type) FILTER (WHERE type <> 'null') END AS type
FROM (SELECT slot, CASE json_type(item) WHEN 'VARCHAR' THEN CASE WHEN regexp_full_match(json_extract_string(item, '$'), '${looksLikeOther}') THEN 'unclear' ELSE 'string' END
    WHEN 'BIGINT' THEN 'long' WHEN 'UBIGINT' THEN CASE WHEN TRY_CAST(json_extract_string(item, '$') AS BIGINT) IS NULL THEN 'real' ELSE 'long' END WHEN 'DOUBLE' THEN 'real' WHEN 'BOOLEAN' THEN 'bool' WHEN 'NULL' THEN 'null' ELSE 'dynamic' END AS type
  FROM (SELECT slot, json_extract(bag, kql_pointer(slot)) AS item
    FROM (SELECT bag, unnest(json_keys(bag)) AS slot FROM (SELECT ${bag} AS bag FROM ${input.input.from}) WHERE json_type(bag) = 'OBJECT')
    ${ignored.length === 0 ? '' : `WHERE slot NOT IN (${ignored.join(', ')})`}))
GROUP BY slot ORDER BY slot`;
}

const accepted: Readonly<Record<KustoType, readonly string[]>> = {
  bool: ['BOOLEAN'],
  datetime: ['VARCHAR'],
  decimal: ['BIGINT', 'DOUBLE', 'UBIGINT', 'VARCHAR'],
  dynamic: [],
  guid: ['VARCHAR'],
  int: ['BIGINT', 'UBIGINT'],
  long: ['BIGINT', 'UBIGINT'],
  real: ['BIGINT', 'DOUBLE', 'UBIGINT'],
  string: ['VARCHAR'],
  timespan: ['VARCHAR'],
};

/** A slot as the column's type. A value of another type is an error: the schema told does not fit the data. */
function slotValue(item: string, column: Column, operator: BagUnpackOperator): string {
  const { type, name } = column;
  if (type === 'dynamic') return `kql_json(${item})`;
  const failure = quoteText(`bag_unpack: a value for the column '${name}' is no ${type}: `);
  const text = value(`json_extract_string(${item}, '$')`, 'string');
  const made = type === 'string' ? text.sql : convert(text, type, operator.span).sql;
  const absent = type === 'string' ? "''" : 'NULL';
  const error = `error(${failure} || coalesce(CAST(${item} AS VARCHAR), ''))`;
  const kinds = accepted[type].map((kind) => `'${kind}'`).join(', ');
  const checked = type === 'string' ? made : `coalesce(${made}, ${error})`;
  return `CASE WHEN ${item} IS NULL OR json_type(${item}) = 'NULL' THEN ${absent} WHEN json_type(${item}) IN (${kinds}) THEN ${checked} ELSE ${error} END`;
}

export function bagUnpack(operator: BagUnpackOperator, input: OperatorInput): Relation {
  const { columns, discovered, conflict, prefix, span } = operator;
  if (columns === undefined) {
    throw unsupported('bag_unpack() in a subquery without an output schema: write one, it', span);
  }
  const bag = bagColumn(operator, input);
  const replaced = new Set(
    conflict === 'replace_source' ? (discovered ?? []).map((column) => column.name) : [],
  );
  const ignored = new Set(operator.ignored);
  const identifiers = new Identifiers();
  const made = columns.map((column) => identifiers.column(column.name, column.type));
  const list = made.map((column) => {
    const source = input.input.columns.find(({ name }) => name === column.name && name !== operator.bag);
    if (source !== undefined && !replaced.has(column.name)) {
      if (discovered === undefined && conflict === 'replace_source') {
        throw unsupported("columnsConflict='replace_source' with an output schema", span);
      }
      const { sql } = source;
      if (source.type !== column.type) {
        throw invalid(`the column '${column.name}' of the output schema is a ${source.type}`, span);
      }
      return sql === column.sql ? sql : `${sql} AS ${column.sql}`;
    }
    const slot = column.name.startsWith(prefix) ? column.name.slice(prefix.length) : undefined;
    const pointer = slot === undefined || ignored.has(slot) ? undefined : slotPointer(slot);
    const item =
      pointer === undefined
        ? 'CAST(NULL AS JSON)'
        : `CASE WHEN json_type(${bag.sql}) = 'OBJECT' THEN json_extract(${bag.sql}, ${pointer}) END`;
    return `${slotValue(item, column, operator)} AS ${column.sql}`;
  });
  const conflicts =
    discovered === undefined && conflict === 'error' ? conflictTest(operator, input, bag) : '';
  const from = input.state.emit(
    `SELECT ${[...list, ...carried(input.input)].join(', ')} FROM ${input.input.from}${conflicts}`,
    span,
  );
  const { serialized: _serialized, ...kept } = input.input;
  return { ...kept, from, columns: made };
}

function slotPointer(slot: string): string {
  return quoteText(`/${slot.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

/** With an output schema, a bag that has a slot of a source column's name is still an error. */
function conflictTest(operator: BagUnpackOperator, input: OperatorInput, bag: RelationColumn): string {
  const { prefix } = operator;
  const slots = input.input.columns
    .filter(({ name }) => name !== operator.bag && name.startsWith(prefix))
    .map(({ name }) => name.slice(prefix.length))
    .filter((slot) => !operator.ignored.includes(slot));
  if (slots.length === 0) return '';
  const tests = slots.map((slot) => `json_exists(${bag.sql}, ${slotPointer(slot)})`);
  return ` WHERE CASE WHEN json_type(${bag.sql}) = 'OBJECT' AND (${tests.join(' OR ')}) THEN CAST(error('bag_unpack: a bag has a slot with the name of a column that the rows have already') AS BOOLEAN) ELSE true END`;
}
