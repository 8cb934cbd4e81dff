import { newestIfPassing, newestPassing, queryOf, wholeTable, type QueryParts } from './newest-rows.ts';
import {
  allStates,
  ingestions,
  removals,
  rowKey,
  rowLabel,
  type ModelEntity,
  type Profile,
} from './profile.ts';

const open: QueryParts = {
  where: "state in ('open', 'closed') and v >= 10",
  operators: '| extend w = v * 2, less = r | project-away r',
};
/** One row in a hundred. */
const rare: QueryParts = { where: 'v == 7', operators: '' };
/** Between two scans, and no plan is to be stopped for its operator. */
const scanned = { RECONCILE_INTERVAL: '15', DELETE_LIMIT: '1000000' } as const;
const base = { NODE_LABEL: rowLabel, PRIMARY_KEY: rowKey.join(','), SLICE_ROWS: '100' } as const;
const vanishing = { ...ingestions, ...removals } as const;

function rowsOf(parts: QueryParts, more: Partial<ModelEntity> = {}): ModelEntity {
  return {
    label: rowLabel,
    key: rowKey,
    wanted: (table) => newestPassing(table, parts),
    live: (table) => queryOf(parts, table),
    ...more,
  };
}

function latest(
  name: string,
  parts: QueryParts,
  { version, deletedWhen, scans = false }: { version?: string; deletedWhen?: string; scans?: boolean } = {},
): Profile {
  const alive = deletedWhen === undefined ? undefined : `not(${deletedWhen})`;
  return {
    name,
    properties: (table) => ({
      ...base,
      CHANGE_DETECTION: 'latest',
      KUSTO_QUERY: queryOf(parts, table),
      ...(version === undefined ? {} : { VERSION_COLUMN: version }),
      ...(deletedWhen === undefined ? {} : { DELETED_WHEN: deletedWhen }),
      ...(scans ? scanned : {}),
    }),
    entities: [rowsOf(parts, { wanted: (table) => newestIfPassing(table, parts, version, alive) })],
    scans,
    weights: scans ? vanishing : { ...ingestions, update: 2 },
    states: allStates,
  };
}

/** Everything that happens to rows, seen by scans. */
function scannedRows(
  name: string,
  detection: 'append' | 'reconcile',
  parts: QueryParts,
  more: Partial<Profile> & { readonly limit?: string } = {},
): Profile {
  const { limit, ...changed } = more;
  return {
    name,
    properties: (table) => ({
      ...base,
      ...scanned,
      ...(limit === undefined ? {} : { DELETE_LIMIT: limit }),
      CHANGE_DETECTION: detection,
      KUSTO_QUERY: queryOf(parts, table),
    }),
    entities: [rowsOf(parts)],
    scans: true,
    weights: vanishing,
    states: allStates,
    ...changed,
  };
}

function summary(table: string): string {
  return `${table} | summarize n = count(), v = sum(v), state = max(state), recent = max(t) by k1`;
}

const appending: readonly Profile[] = [
  {
    name: 'append',
    properties: () => ({ NODE_LABEL: rowLabel, PRIMARY_KEY: rowKey.join(',') }),
    entities: [rowsOf(wholeTable, { live: undefined })],
    scans: false,
    // The newest version of a key in place of all of them: where every row passes, that is a new version.
    weights: { ...ingestions, update: 2 },
    states: allStates,
  },
  {
    name: 'append-filter',
    properties: (table) => ({ ...base, CHANGE_DETECTION: 'append', KUSTO_QUERY: queryOf(open, table) }),
    entities: [rowsOf(open, { live: undefined })],
    scans: false,
    weights: ingestions,
    states: allStates,
  },
];

/** These publish deletes. */
const exact: readonly Profile[] = [
  latest('latest', open),
  latest('latest-version', open, { version: 'n' }),
  latest('latest-deleted', wholeTable, { version: 'n', deletedWhen: "state == 'deleted'" }),
  latest('latest-rare', rare),
  latest('latest-scan', open, { version: 'n', scans: true }),
  scannedRows('append-scan', 'append', open),
  scannedRows('reconcile', 'reconcile', open),
  {
    name: 'reconcile-summary',
    properties: (table) => ({ ...base, ...scanned, PRIMARY_KEY: 'k1', KUSTO_QUERY: summary(table) }),
    entities: [
      {
        label: rowLabel,
        key: ['k1'],
        wanted: (table) => table.rows(summary(table.name)),
        live: summary,
      },
    ],
    scans: true,
    weights: vanishing,
    states: allStates,
  },
];

const kinds = (table: string): string => `${table} | summarize total = sum(v) by state`;
/** A row without a part of its key has no node to start from that could be named. */
const related: QueryParts = {
  where: 'isnotempty(k1) and isnotempty(k2) and isnotempty(state)',
  operators: '| project-away v, r, t, m, x',
};

/** Nodes of rows, nodes of groups, and a relation between them that moves with the row's state. */
const graph: Profile = {
  name: 'graph',
  properties: (table) => ({
    SLICE_ROWS: '100',
    ...scanned,
    ENTITIES: `
nodes:
  - { label: ${rowLabel}, table: ${table}, key: [k1, k2], detection: latest }
  - { label: Kind, query: "${kinds(table)}", key: state, detection: reconcile }
relations:
  - label: Is
    query: "${table} ${related.operators}"
    key: [k1, k2]
    detection: latest
    start: { label: ${rowLabel}, key: [k1, k2] }
    end: { label: Kind, key: [state] }
`,
  }),
  entities: [
    rowsOf(wholeTable, { wanted: (table) => newestIfPassing(table, wholeTable, undefined) }),
    { label: 'Kind', key: ['state'], wanted: (table) => table.rows(kinds(table.name)), live: kinds },
    {
      label: 'Is',
      key: rowKey,
      ends: { start: { label: rowLabel, key: rowKey }, end: { label: 'Kind', key: ['state'] } },
      wanted: (table) => newestIfPassing(table, related, undefined),
      live: (table) => queryOf(related, table),
    },
  ],
  scans: true,
  weights: vanishing,
  states: allStates,
};

const withoutLag = { ...vanishing, lag: 0 } as const;
/** A service without cursors has no rows that wait for theirs; instead, rows are committed long after their ingestion time. */
const late = { ...withoutLag, move: 2, stage: 3, later: 3 } as const;

/** Services without database cursors (rule R16). */
const cursorless: readonly Profile[] = [
  scannedRows('append-no-cursors', 'append', open, { cursors: false, weights: late }),
  { ...latest('latest-no-cursors', open, { scans: true }), cursors: false, weights: late },
];

/** Every column but the key may come and go. */
const loose: QueryParts = {
  where: "state in ('open', 'closed') and v >= 10",
  operators: '| extend w = v * 2',
};
const columnChanges = { addColumn: 2, dropColumn: 2, retype: 2 } as const;

/** Columns that come, go and change their type (rule R20). */
const reshaped: readonly Profile[] = [
  {
    name: 'append-schema',
    properties: () => ({ NODE_LABEL: rowLabel, PRIMARY_KEY: rowKey.join(',') }),
    entities: [rowsOf(wholeTable, { live: undefined })],
    scans: false,
    followed: (table) => table,
    weights: { ...ingestions, ...columnChanges, update: 2 },
    states: allStates,
  },
  {
    ...latest('latest-scan-schema', loose, { version: 'n', scans: true }),
    followed: (table) => queryOf(loose, table),
    weights: { ...vanishing, ...columnChanges },
  },
  scannedRows('reconcile-schema', 'reconcile', loose, {
    followed: (table) => queryOf(loose, table),
    weights: { ...vanishing, ...columnChanges },
  }),
];

/** Gaps, as ON_GAP says (invariant I10). */
const gapped = { weights: { ...vanishing, recreate: 1.5, policyOff: 0.7 }, endsWith: ['GAP'] } as const;
const gapStop = latest('gap-stop', open, { version: 'n', scans: true });
const gapResnapshot = latest('gap-resnapshot', open, { scans: true });

/** Where a person has to do something. */
const operated: readonly Profile[] = [
  { ...gapStop, ...gapped },
  {
    ...gapResnapshot,
    ...gapped,
    properties: (table) => ({ ...gapResnapshot.properties(table), ON_GAP: 'resnapshot' }),
  },
  // Rule R19. There are no windows: what is deleted, a scan deletes.
  scannedRows('delete-limit', 'reconcile', open, {
    limit: '2',
    endsWith: ['MASS_DELETE'],
    weights: { ...vanishing, deleteSome: 3, replace: 2, dropExtent: 2, clear: 1 },
  }),
];

export const profiles: readonly Profile[] = [
  ...appending,
  ...exact,
  graph,
  ...cursorless,
  ...reshaped,
  ...operated,
];

/** @throws Error when there is none of this name */
export function profileNamed(name: string): Profile {
  const profile = profiles.find((known) => known.name === name);
  if (profile === undefined)
    throw new Error(
      `there is no profile ${name}; known are ${profiles.map((known) => known.name).join(', ')}`,
    );
  return profile;
}
