import { shows, type CommandDefinition } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import type { RequestRecord } from '../../endpoint/request-log.ts';
import type { Value } from '../../engine/values/encode-value.ts';

/** What the requests of every kind have: their text, and how they went (pages "show queries" and "show commands"). */
const course = {
  Text: 'string',
  Database: 'string',
  StartedOn: 'datetime',
  LastUpdatedOn: 'datetime',
  Duration: 'timespan',
  State: 'string',
  RootActivityId: 'guid',
  User: 'string',
  FailureReason: 'string',
} as const;

const courseOf = (record: RequestRecord): Value[] => [
  record.text,
  record.database,
  record.startedOn,
  record.updatedOn,
  record.updatedOn - record.startedOn,
  record.state,
  record.activityId,
  record.user,
  record.failure,
];

/** Page "show queries". What is not measured here (CPU, memory, cache and extent statistics) is null. */
function queries(records: readonly RequestRecord[]): CommandTable {
  return resultTable(
    {
      ClientActivityId: 'string',
      ...course,
      TotalCpu: 'timespan',
      CacheStatistics: 'dynamic',
      Application: 'string',
      MemoryPeak: 'long',
      ScannedExtentsStatistics: 'dynamic',
      Principal: 'string',
      ClientRequestProperties: 'dynamic',
      ResultSetStatistics: 'dynamic',
      WorkloadGroup: 'string',
    },
    records
      .filter(({ kind }) => kind === 'query')
      .map((record): Value[] => [
        record.clientRequestId,
        ...courseOf(record),
        null,
        null,
        record.application,
        null,
        null,
        record.user,
        null,
        null,
        'default',
      ]),
  );
}

/** The words a command begins with, as its type: `.show tables details` is `show tables details`. */
function commandType(text: string): string {
  return (
    /^(?:\s+|\/\/[^\n]*(?:\n|$))*\.([a-z-]+(?:\s+[a-z_-]+){0,2})/i.exec(text)?.[1]?.replace(/\s+/g, ' ') ?? ''
  );
}

/** Page "show commands". */
function commands(records: readonly RequestRecord[]): CommandTable {
  return resultTable(
    {
      ClientActivityId: 'string',
      CommandType: 'string',
      ...course,
      Application: 'string',
      Principal: 'string',
      TotalCpu: 'timespan',
      ResourceUtilization: 'dynamic',
      WorkloadGroup: 'string',
    },
    records
      .filter(({ kind }) => kind === 'command')
      .map((record): Value[] => [
        record.clientRequestId,
        commandType(record.text),
        ...courseOf(record),
        record.application,
        record.user,
        null,
        null,
        'default',
      ]),
  );
}

/** Page "show operations": every command is one operation, its id the request's activity id. */
function operations(records: readonly RequestRecord[], wanted: readonly string[] | undefined): CommandTable {
  return resultTable(
    {
      OperationId: 'string',
      Operation: 'string',
      NodeId: 'string',
      StartedOn: 'datetime',
      LastUpdatedOn: 'datetime',
      Duration: 'timespan',
      State: 'string',
      Status: 'string',
      RootActivityId: 'string',
      ShouldRetry: 'bool',
      Database: 'string',
      Principal: 'string',
      User: 'string',
      AdminEpochStartTime: 'datetime',
    },
    records
      .filter(({ kind, activityId }) => kind === 'command' && (wanted?.includes(activityId) ?? true))
      .map((record): Value[] => [
        record.activityId,
        commandType(record.text),
        '',
        record.startedOn,
        record.updatedOn,
        record.updatedOn - record.startedOn,
        record.state,
        record.failure,
        record.activityId,
        false,
        record.database,
        record.user,
        record.user,
        null,
      ]),
  );
}

export const requestCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show queries',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('queries')) return undefined;
      reader.end();
      return shows(({ requests }) => queries(requests.ended));
    },
  },
  {
    syntax: '.show running queries [by user U]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takesAll('running', 'queries')) return undefined;
      const user = reader.takesAll('by', 'user') ? reader.value("a user's name") : undefined;
      reader.end();
      return shows(({ requests }) =>
        queries(
          requests.running.filter((record) => user === undefined || user === '*' || record.user === user),
        ),
      );
    },
  },
  {
    syntax: '.show commands',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('commands')) return undefined;
      reader.end();
      return shows(({ requests }) => commands(requests.ended));
    },
  },
  {
    syntax: '.show operations [id | (id, …)]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('operations')) return undefined;
      let wanted: string[] | undefined;
      if (reader.takesMark('(')) {
        wanted = [];
        do wanted.push(reader.value('the id of an operation').toLowerCase());
        while (reader.takesMark(','));
        reader.mark(')');
      } else if (!reader.atEnd) wanted = [reader.value('the id of an operation').toLowerCase()];
      reader.end();
      return shows(({ requests }) => operations([...requests.ended, ...requests.running], wanted));
    },
  },
  {
    syntax: '.cancel query "client request id" [with (reason = "…")]',
    verb: '.cancel',
    parse: (reader) => {
      if (!reader.takes('query')) return undefined;
      const id = reader.value("the query's client request id");
      const place = reader.position;
      const properties = reader.properties();
      const unknown = [...properties.keys()].find((name) => name !== 'reason');
      if (unknown !== undefined) throw reader.error(`the only property here is 'reason'`, place);
      reader.end();
      const reason = properties.get('reason') ?? '';
      // Nothing stored changes: a reader may end its own query.
      return shows(({ requests }) =>
        resultTable({ ClientRequestId: 'string', ReasonPhrase: 'string', RunningQueryCanceled: 'bool' }, [
          [id, reason, requests.cancel(id, reason) > 0],
        ]),
      );
    },
  },
];
