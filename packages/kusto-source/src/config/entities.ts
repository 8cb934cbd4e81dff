import { quoteIdentifier } from '@drasi-kusto/kusto-client';
import { KustoSourceError } from '../errors.ts';
import { headTable } from '../query/head-table.ts';
import { relationQuery } from '../query/relation-query.ts';
import { analyzeQuery, checkPredicate, type SourceQuery } from '../query/source-query.ts';
import { checkDetection } from './check-detection.ts';
import { readShape, type EndShape, type NodeShape, type RelationShape } from './entities-shape.ts';
import {
  detectionSettings,
  isReservedLabel,
  type ElementProperty,
  type EntityConfig,
  type RelationEnd,
  type SharedConfig,
} from './entity-config.ts';
import { didYouMean } from './nearest.ts';
import { checkColumnNames, columnNames, configurationError, intervalMs, oneOf } from './values.ts';

/** What an entity has where it says nothing of its own. */
export type EntityDefaults = Pick<EntityConfig, 'pollIntervalMs' | 'changeDetection' | 'reconcileIntervalMs'>;

/**
 * ENTITIES, a YAML text: `nodes: [{label, table | query, key, properties, detection, interval, versionColumn, deletedWhen,
 * reconcileInterval}]`, and `relations` the same with `start | end: {label, key}`. Nodes come first.
 * @throws KustoSourceError CONFIGURATION or QUERY naming the place
 */
export function readEntities(
  text: string,
  shared: SharedConfig,
  defaults: EntityDefaults,
): readonly EntityConfig[] {
  const { nodes: nodeShapes, relations: relationShapes } = readShape(text);
  if (nodeShapes.length + relationShapes.length === 0)
    throw configurationError('ENTITIES: there are no nodes and no relations');
  refuseRepeatedLabels('nodes', nodeShapes);
  refuseRepeatedLabels('relations', relationShapes);
  const base = { ...shared, ...defaults };
  const nodes = nodeShapes.map((shape, at): EntityConfig => {
    const place = `ENTITIES: nodes[${at}]`;
    return { ...base, ...readEntity(place, shape, defaults), kind: 'node' };
  });
  const relations = relationShapes.map((shape, at): EntityConfig => {
    const place = `ENTITIES: relations[${at}]`;
    const start = readEnd(`${place}.start`, shape.start, nodes);
    const end = readEnd(`${place}.end`, shape.end, nodes);
    const entity = readEntity(place, shape, defaults);
    return {
      ...base,
      ...entity,
      kind: 'relation',
      ends: { start, end },
      query: relationQuery(entity.query, { start, end }),
    };
  });
  return [...nodes, ...relations];
}

type OwnConfig = Omit<EntityConfig, keyof SharedConfig | 'kind' | 'ends'>;

function readEntity(place: string, shape: NodeShape | RelationShape, defaults: EntityDefaults): OwnConfig {
  const { label, deletedWhen, interval, reconcileInterval } = shape;
  if (isReservedLabel(label))
    throw configurationError(
      `${place}.label: it is ${JSON.stringify(label)}, which begins as the ids of relations do: take another name`,
    );
  const { table, query } = readQuery(place, shape);
  const changeDetection =
    shape.detection === undefined
      ? defaults.changeDetection
      : oneOf(`${place}.detection`, shape.detection, detectionSettings);
  const setting = shape.detection === undefined ? 'CHANGE_DETECTION' : `${place}.detection`;
  checkDetection(
    { query, changeDetection, versionColumn: shape.versionColumn, deletedWhen },
    { detection: setting, versionColumn: `${place}.versionColumn`, deletedWhen: `${place}.deletedWhen` },
  );
  if (deletedWhen !== undefined) checkPredicate(`${place}.deletedWhen`, deletedWhen);
  const readInterval = (name: string, value: number | string): number =>
    intervalMs(`${place}.${name}`, String(value), 'seconds', 1000);
  return {
    label,
    table,
    query,
    place,
    primaryKey: readKey(`${place}.key`, shape.key),
    properties: readProperties(`${place}.properties`, shape.properties),
    changeDetection,
    pollIntervalMs: interval === undefined ? defaults.pollIntervalMs : readInterval('interval', interval),
    versionColumn: shape.versionColumn,
    deletedWhen,
    reconcileIntervalMs:
      reconcileInterval === undefined
        ? defaults.reconcileIntervalMs
        : readInterval('reconcileInterval', reconcileInterval),
  };
}

function readKey(place: string, key: string | readonly string[]): readonly string[] {
  return typeof key === 'string' ? columnNames(place, key) : checkColumnNames(place, key);
}

/** The query, and the table whose new rows are its changes: by its name, or as what the query begins with. */
function readQuery(
  place: string,
  { table: named, query: text }: NodeShape,
): { readonly table: string; readonly query: SourceQuery } {
  if (text === undefined) {
    if (named === undefined) throw configurationError(`${place}: it needs a table, or a query`);
    return { table: named, query: analyzeQuery(quoteIdentifier(named), named) };
  }
  return inTermsOf(place, () => {
    const table = named ?? headTable(text);
    if (table === undefined)
      throw configurationError(
        `${place}.table: the query does not begin with a table: name the one whose ingestions are followed`,
      );
    const query = analyzeQuery(text, table);
    const { notRowLocal } = query;
    return {
      table,
      query: notRowLocal === undefined ? query : { ...query, notRowLocal: toTerms(place, notRowLocal) },
    };
  });
}

/** The checks of a query speak of the properties of a source of one table. */
function toTerms(place: string, message: string): string {
  return message.replaceAll('KUSTO_QUERY', `${place}.query`).replaceAll('KUSTO_TABLE', `${place}.table`);
}

function inTermsOf<T>(place: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof KustoSourceError) || error.message.startsWith(place)) throw error;
    throw new KustoSourceError(error.code, toTerms(place, error.message), { cause: error });
  }
}

function readProperties(
  place: string,
  shape: NodeShape['properties'],
): readonly ElementProperty[] | undefined {
  if (shape === undefined) return undefined;
  if (!Array.isArray(shape)) return Object.entries(shape).map(([name, column]) => ({ name, column }));
  if (shape.length > 0) checkColumnNames(place, shape);
  return shape.map((column) => ({ name: column, column }));
}

/** @throws KustoSourceError CONFIGURATION when no such node is among them, or its key has another number of columns */
function readEnd(
  place: string,
  { label, key: columns }: EndShape,
  nodes: readonly EntityConfig[],
): RelationEnd {
  const node = nodes.find((each) => each.label === label);
  if (node === undefined)
    throw configurationError(
      `${place}.label: there are no nodes with the label ${label}${didYouMean(
        label,
        nodes.map((each) => each.label),
      )}`,
    );
  // An end may name one column twice, as a key may not: nodes whose key says one thing in two ways exist.
  const key = typeof columns === 'string' ? columns.split(',').map((column) => column.trim()) : columns;
  if (key.includes('')) throw configurationError(`${place}.key has an empty column name`);
  if (key.length !== node.primaryKey.length)
    throw configurationError(
      `${place}.key: the key of ${label} has ${node.primaryKey.length} columns (${node.primaryKey.join(', ')}), and this has ${key.length}: name one for each, in their order`,
    );
  return { label, key };
}

function refuseRepeatedLabels(list: string, shapes: readonly NodeShape[]): void {
  for (const [at, { label }] of shapes.entries()) {
    const first = shapes.findIndex((shape) => shape.label === label);
    if (first !== at)
      throw configurationError(
        `ENTITIES: ${list}[${at}].label: ${list}[${first}] has the label ${label} already`,
      );
  }
}
