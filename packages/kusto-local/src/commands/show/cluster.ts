import { shows, type CommandContext, type CommandDefinition } from '../command.ts';
import { clusterTable, versionTable, resultTable, type CommandTable } from '../command-tables.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { badRequest } from '../../service-errors.ts';
import type { CommandReader } from '../command-reader.ts';

/** Operations that the service's capacity policy counts, as `.show capacity` names them. */
const resources: ReadonlyMap<string, string> = new Map([
  ['ingestions', 'CapacityPolicy/Ingestion'],
  ['extents-merge', 'CapacityPolicy/Merge'],
  ['extents-partition', 'CapacityPolicy/Partition'],
  ['data-export', 'CapacityPolicy/Export'],
  ['materialized-view', 'CapacityPolicy/MaterializedView'],
  ['stored-query-results', 'CapacityPolicy/StoredQueryResults'],
]);

/** Page "show capacity". Changes run one at a time; merges, partitions and exports do not exist here. */
function capacity(wanted: string | undefined): CommandTable {
  const total = (name: string): bigint => (/^(?:extents|data-export)/.test(name) ? 0n : 1n);
  return resultTable(
    { Resource: 'string', Total: 'long', Consumed: 'long', Remaining: 'long', Origin: 'string' },
    [...resources]
      .filter(([name]) => wanted === undefined || wanted === name)
      .map(([name, origin]): Value[] => [name, total(name), 0n, total(name), origin]),
  );
}

/** Page "manage database security roles": without authentication, whoever reaches the endpoint may do everything. */
function principals(role: string): CommandTable {
  return resultTable(
    {
      Role: 'string',
      PrincipalType: 'string',
      PrincipalDisplayName: 'string',
      PrincipalObjectId: 'string',
      PrincipalFQN: 'string',
      Notes: 'string',
    },
    [[role, 'Anonymous', 'everyone who reaches this endpoint', '', '', 'there is no authentication']],
  );
}

function principalsOf(reader: CommandReader, kind: string): string | undefined {
  const name = reader.optionalName(kind);
  if (name === undefined) return undefined;
  return reader.takes('principals') || reader.takesAll('principal', 'roles') ? name : undefined;
}

/** Page "ingestion failures": a failed ingestion is an error of its own request, and is not kept. */
function ingestionFailures(): CommandTable {
  return resultTable(
    {
      OperationId: 'guid',
      Database: 'string',
      Table: 'string',
      FailedOn: 'datetime',
      IngestionSourcePath: 'string',
      Details: 'string',
      FailureKind: 'string',
      RootActivityId: 'guid',
      OperationKind: 'string',
      OriginatesFromUpdatePolicy: 'bool',
      ErrorCode: 'string',
      Principal: 'string',
      ShouldRetry: 'bool',
      User: 'string',
      IngestionProperties: 'string',
    },
    [],
  );
}

function journalRefusal(): never {
  throw badRequest('This endpoint keeps no journal of changes to its schemas.');
}

const roleChanges: readonly CommandDefinition[] = ['.add', '.drop', '.set'].map((verb) => ({
  syntax: `${verb} database|table … admins|users|viewers|… (refused)`,
  verb,
  parse: (reader) => {
    const kind = ['cluster', 'database', 'table', 'function'].find((word) => reader.takes(word));
    if (kind === undefined) return undefined;
    const names =
      'admins|alldatabasesadmin|alldatabasesviewer|ingestors|monitors|unrestrictedviewers|users|viewers';
    const role = new RegExp(`^(?:${names})\\b`, 'i');
    if (kind !== 'cluster' && reader.optionalName(kind) === undefined) return undefined;
    if (!role.test(reader.text.slice(reader.position))) return undefined;
    throw reader.error('security roles are not supported by this endpoint, which has no authentication');
  },
}));

export const clusterCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show capacity [operation]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('capacity')) return undefined;
      let wanted: string | undefined;
      if (!reader.atEnd) {
        const place = reader.position;
        wanted = reader.value('the name of an operation').toLowerCase();
        if (!resources.has(wanted)) {
          throw reader.error(`an operation is expected here (${[...resources.keys()].join(', ')})`, place);
        }
      }
      reader.end();
      return shows(() => capacity(wanted));
    },
  },
  {
    syntax: '.show database D principals',
    verb: '.show',
    parse: (reader) => {
      const name = reader.takes('database') ? principalsOf(reader, 'database') : undefined;
      if (name === undefined) return undefined;
      reader.end();
      return shows((context) => principals(`Database ${context.store.database(name).name} Admin`));
    },
  },
  {
    syntax: '.show table T principals',
    verb: '.show',
    parse: (reader) => {
      const name = reader.takes('table') ? principalsOf(reader, 'table') : undefined;
      if (name === undefined) return undefined;
      reader.end();
      return shows((context: CommandContext) =>
        principals(`Table ${context.current().table(name).name} Admin`),
      );
    },
  },
  {
    syntax: '.show cluster principals',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('cluster')) return undefined;
      if (!reader.takes('principals') && !reader.takesAll('principal', 'roles')) return undefined;
      reader.end();
      return shows(() => principals('AllDatabasesAdmin'));
    },
  },
  {
    syntax: '.show ingestion failures [with (OperationId = id)]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takesAll('ingestion', 'failures')) return undefined;
      reader.properties();
      reader.end();
      return shows(ingestionFailures);
    },
  },
  {
    syntax: '.show journal (refused)',
    verb: '.show',
    parse: (reader) => {
      const place = reader.position;
      const own = reader.attempt(() => {
        if (!reader.takes('database') || reader.optionalName('database') === undefined) return undefined;
        return reader.takes('journal') ? true : undefined;
      });
      if (own !== true && reader.position === place && !reader.takes('journal')) return undefined;
      reader.end();
      return shows(journalRefusal);
    },
  },
  {
    syntax: '.show cluster',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('cluster') || !reader.atEnd) return undefined;
      return shows(({ started }) => clusterTable(started));
    },
  },
  {
    syntax: '.show version',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('version') || !reader.atEnd) return undefined;
      return shows(({ started }) => versionTable(started));
    },
  },
  ...roleChanges,
];
