import { defaultReconcileIntervalMs, type Detection, type EntityConfig } from '../config/entity-config.ts';
import { queryShape } from './query-shape.ts';
import { isTimeCursor } from './time-cursor.ts';

/** How the changes of an entity are found. */
export interface DetectionChoice {
  readonly detection: Detection;
  readonly chosenBy: 'auto' | 'CHANGE_DETECTION';
  /** Why, and what it does not see: clauses of one sentence. */
  readonly reasons: readonly string[];
}

/** What is known of the keys: whether one occurs in several rows. */
export type KeyKnowledge = 'unique' | 'repeated' | 'unknown';

/** So many rows without a repeated key are rows that never change; of fewer nobody can tell yet. */
const enoughRows = 1_000;

/** What counted rows say of their keys where {@link dependsOnKeys}. `mostOfOneKey` undefined: too many to be grouped. */
export function knowledgeOf(counted: {
  readonly rows: number;
  readonly mostOfOneKey: number | undefined;
}): KeyKnowledge {
  const { rows, mostOfOneKey } = counted;
  if (mostOfOneKey !== undefined && mostOfOneKey > 1) return 'repeated';
  return mostOfOneKey === undefined || rows < enoughRows ? 'unknown' : 'unique';
}

/**
 * Milliseconds between two scans; undefined where there are none. `reconcile` has nothing else, and a service without cursors tells of late
 * rows in no other way (rule R16).
 */
export function scanIntervalMs(
  { reconcileIntervalMs }: EntityConfig,
  detection: Detection,
  cursor: string,
): number | undefined {
  if (reconcileIntervalMs !== undefined) return reconcileIntervalMs;
  return detection === 'reconcile' || isTimeCursor(cursor) ? defaultReconcileIntervalMs : undefined;
}

/** Whether the choice follows from whether keys repeat, which the service has to be asked for. */
export function dependsOnKeys(config: EntityConfig): boolean {
  return config.changeDetection === 'auto' && hasExits(config) && !namesVersions(config);
}

/**
 * The detection of an entity by the shape of its query and by its keys (design of CHANGE_DETECTION=auto):
 * what is not row-local only a scan can follow (rule R15); where a key can leave a filter, its newest row has to be looked at;
 * everything else is read off the rows that come.
 */
export function chooseDetection(config: EntityConfig, keys: KeyKnowledge = 'unknown'): DetectionChoice {
  const { changeDetection } = config;
  const detection = changeDetection === 'auto' ? automatic(config, keys) : changeDetection;
  return {
    detection,
    chosenBy: changeDetection === 'auto' ? 'auto' : 'CHANGE_DETECTION',
    reasons: [shapeOf(config), ...reasonsFor[detection](config, keys)],
  };
}

function automatic(config: EntityConfig, keys: KeyKnowledge): Detection {
  if (config.query.notRowLocal !== undefined) return 'reconcile';
  if (namesVersions(config)) return 'latest';
  if (!hasExits(config) || keys === 'unique') return 'append';
  return config.query.notForLatest === undefined ? 'latest' : 'reconcile';
}

/** A version of a key may fail where an earlier one passed. */
function hasExits({ query }: EntityConfig): boolean {
  return query.notRowLocal === undefined && queryShape(query).filters;
}

export function namesVersions({ versionColumn, deletedWhen }: EntityConfig): boolean {
  return versionColumn !== undefined || deletedWhen !== undefined;
}

function shapeOf({ query, table }: EntityConfig): string {
  if (query.notRowLocal !== undefined) return 'the query makes its rows of more than single rows of a table';
  const { operators } = queryShape(query);
  return operators.length === 0
    ? `the query is the whole table ${table}, so that new rows of the table are its changes`
    : `the query takes ${table} row by row (${[...new Set(operators)].join(', ')}), so that new rows of the table are its changes`;
}

const whatKeysMean: Readonly<Record<KeyKnowledge, string>> = {
  unique: 'no key occurs twice now, and one that comes again replaces its element',
  repeated: 'keys repeat, and the newest row of a key is its element',
  unknown: 'a key that comes again replaces its element',
};

type Reasons = (config: EntityConfig, keys: KeyKnowledge) => readonly string[];

const reasonsFor: Readonly<Record<Detection, Reasons>> = {
  append: (config, keys) => [
    whatKeysMean[keys],
    vanished(config) ??
      (hasExits(config)
        ? 'a row that leaves the filter or the table stays in Drasi'
        : 'a row that leaves the table stays in Drasi'),
  ],
  latest: (config, keys) => [
    keys === 'unknown' ? whatKeysMean.repeated.replace('keys repeat, and the', 'the') : whatKeysMean[keys],
    `${exits(config)} is deleted`,
    vanished(config) ?? 'a row that leaves the table stays in Drasi (RECONCILE_INTERVAL would find it)',
  ],
  reconcile: (config) => [
    'whatever comes, changes or goes is found by comparing digests of all rows',
    `every ${(config.reconcileIntervalMs ?? defaultReconcileIntervalMs) / 1000} s`,
  ],
};

function exits({ versionColumn, deletedWhen, ...config }: EntityConfig): string {
  const ways = [
    // DELETED_WHEN is refused beside ENTITIES: nobody would find it there.
    ...(deletedWhen === undefined
      ? []
      : [config.place === undefined ? 'meets DELETED_WHEN' : 'meets its deletedWhen']),
    ...(queryShape(config.query).filters ? ['leaves the filter'] : []),
    ...(config.ends === undefined ? [] : ['loses an end']),
  ];
  const newest = versionColumn === undefined ? 'row' : `row by ${versionColumn}`;
  return `a key whose newest ${newest} ${ways.length === 0 ? 'leaves the query' : ways.join(' or ')}`;
}

function vanished({ reconcileIntervalMs }: EntityConfig): string | undefined {
  return reconcileIntervalMs === undefined
    ? undefined
    : `a scan every ${reconcileIntervalMs / 1000} s finds what leaves the table in any other way`;
}

/** The choice as one sentence, for the log and for people. */
export function explainDetection({ detection, chosenBy, reasons }: DetectionChoice): string {
  return `change detection is ${detection}, chosen by ${chosenBy}: ${reasons.join('; ')}`;
}
