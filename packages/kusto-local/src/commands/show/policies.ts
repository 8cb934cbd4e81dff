import { shows, type Command, type CommandContext, type CommandDefinition } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import type { TableInfo } from '../../engine/catalog/catalog.ts';
import type { Database } from '../../engine/database.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { badRequest } from '../../service-errors.ts';
import type { CommandReader } from '../command-reader.ts';

/** The policies of tables and databases by their name in commands, and the name that their rows have. */
const policies: ReadonlyMap<string, string> = new Map([
  ['auto_delete', 'AutoDeletePolicy'],
  ['caching', 'CachingPolicy'],
  ['encoding', 'EncodingPolicy'],
  ['extent_tags_retention', 'ExtentTagsRetentionPolicy'],
  ['ingestionbatching', 'IngestionBatchingPolicy'],
  ['ingestiontime', 'IngestionTimePolicy'],
  ['managed_identity', 'ManagedIdentityPolicy'],
  ['merge', 'ExtentsMergePolicy'],
  ['mirroring', 'MirroringPolicy'],
  ['partitioning', 'PartitioningPolicy'],
  ['restricted_view_access', 'RestrictedViewAccessPolicy'],
  ['retention', 'RetentionPolicy'],
  ['row_level_security', 'RowLevelSecurityPolicy'],
  ['roworder', 'RowOrderPolicy'],
  ['sharding', 'ShardingPolicy'],
  ['streamingingestion', 'StreamingIngestionPolicy'],
  ['update', 'UpdatePolicy'],
]);

/** Policies that have commands of their own elsewhere. */
const honoured: ReadonlySet<string> = new Set(['ingestiontime', 'retention', 'row_level_security']);

/** Why a policy that cannot be honoured is refused: what it would do, and that it is not done here. */
const unhonoured: Readonly<Record<string, string>> = {
  auto_delete: 'tables are not dropped on their own',
  caching: 'all data is as hot as the machine makes it',
  restricted_view_access: 'there are no users to restrict',
  streamingingestion: 'ingestion needs no policy',
  update: 'a table is filled by ingestion only',
};

/** The policy as JSON text, `null` when it is not set. */
export function effectivePolicy(policy: string, table: TableInfo): string {
  if (policy === 'retention') return table.retention ?? 'null';
  if (policy === 'row_level_security') return table.rowLevelSecurity ?? 'null';
  if (policy !== 'ingestiontime' || table.ingestionTime === null) return 'null';
  return JSON.stringify({ IsEnabled: table.ingestionTime });
}

const policyColumns = {
  PolicyName: 'string',
  EntityName: 'string',
  Policy: 'string',
  ChildEntities: 'string',
  EntityType: 'string',
} as const;

function takesPolicy(reader: CommandReader): string {
  reader.keyword('policy');
  const place = reader.position;
  const name = reader.value("a policy's name").toLowerCase();
  if (!policies.has(name)) {
    throw reader.error(`a policy is expected here (${[...policies.keys()].join(', ')})`, place);
  }
  return name;
}

/** One policy of each table, a row a table, as commands that show or set it answer. */
export function policyTable(database: Database, tables: readonly TableInfo[], policy: string): CommandTable {
  return resultTable(
    policyColumns,
    tables.map((table): Value[] => [
      policies.get(policy) ?? policy,
      `[${database.name}].[${table.name}]`,
      effectivePolicy(policy, table),
      '',
      'Table',
    ]),
  );
}

function tablePolicies(context: CommandContext, name: string, policy: string): CommandTable {
  const database = context.current();
  return policyTable(database, name === '*' ? database.tables : [database.table(name)], policy);
}

/** A policy of the database or of the whole endpoint: none can be set, so each is shown as the service shows one not set. */
function unset(policy: string, entity: string, type: string): CommandTable {
  return resultTable(policyColumns, [[policies.get(policy) ?? policy, entity, 'null', '', type]]);
}

/** Reads `policy P` of an entity that has none. */
export function unsetPolicy(
  reader: CommandReader,
  entity: (context: CommandContext) => string,
  type: string,
): Command {
  const policy = takesPolicy(reader);
  reader.end();
  return shows((context) => unset(policy, entity(context), type));
}

function refused(policy: string): Command {
  const reason = unhonoured[policy] ?? 'it would have no effect';
  return {
    changes: true,
    run: () => {
      throw badRequest(
        `The policy ${policy} cannot be changed at this endpoint, which does not honour it: ${reason}.`,
      );
    },
  };
}

function change(verb: string): CommandDefinition {
  return {
    syntax: `${verb} table|database … policy … (refused, but for those named above)`,
    verb,
    parse: (reader) => {
      const kind = ['table', 'tables', 'database', 'cluster', 'column', 'materialized-view'].find((word) =>
        word.includes('-') ? reader.takesMark(word) : reader.takes(word),
      );
      if (kind === undefined) return undefined;
      if (kind === 'tables') reader.names('table');
      else if (kind !== 'cluster') {
        if (reader.optionalName(kind) === undefined) return undefined;
        while (reader.takesMark('.')) reader.name(kind);
      }
      if (!reader.takes('policy')) return undefined;
      const policy = reader.value("a policy's name").toLowerCase();
      if (!policies.has(policy) || (honoured.has(policy) && kind.startsWith('table'))) return undefined;
      return refused(policy);
    },
  };
}

export const policyCommands: readonly CommandDefinition[] = [
  {
    syntax: `.show table T|* policy ${[...policies.keys()].join('|')}`,
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('table')) return undefined;
      const name = reader.takesMark('*') ? '*' : reader.optionalName('table');
      if (name === undefined || !/^policy\s/i.test(reader.text.slice(reader.position))) return undefined;
      const policy = takesPolicy(reader);
      if (name !== '*' && honoured.has(policy)) return undefined;
      reader.end();
      return shows((context) => tablePolicies(context, name, policy));
    },
  },
  {
    syntax: '.show database [D] policy …',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('database')) return undefined;
      const own = /^policy\s/i.test(reader.text.slice(reader.position));
      const name = own ? undefined : reader.takesMark('*') ? '*' : reader.optionalName('database');
      if (!own && (name === undefined || !/^policy\s/i.test(reader.text.slice(reader.position))))
        return undefined;
      const policy = takesPolicy(reader);
      reader.end();
      return shows((context) => {
        if (name !== undefined && name !== '*') context.store.database(name);
        return unset(policy, `[${name ?? context.current().name}]`, 'Database');
      });
    },
  },
  {
    syntax: '.show cluster policy …',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takesAll('cluster', 'policy')) return undefined;
      const policy = reader.value("a policy's name").toLowerCase();
      reader.end();
      return shows(() => unset(policy, '', 'Cluster'));
    },
  },
  ...['.alter', '.alter-merge', '.delete'].map(change),
];
