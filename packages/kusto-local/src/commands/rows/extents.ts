import { changes, type CommandContext, type CommandDefinition, type Properties } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import type { TableInfo } from '../../engine/catalog/catalog.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { extentsOf, type Extent } from '../../engine/catalog/extents.ts';
import { dropExtents, moveExtents } from '../../engine/changes/row-changes.ts';
import { badRequest } from '../../service-errors.ts';
import { ticksPerHour } from '../../engine/values/times.ts';
import type { WriteTurn } from '../../engine/changes/write-turn.ts';
import type { CommandReader } from '../command-reader.ts';
import { checkProperties, datetimeProperty, flag } from '../ingestion/ingestion-properties.ts';
import { queryBehind, refuseAsync } from '../query-text.ts';

/** An extent that a command names; without a table, of whichever the command is about. */
interface ExtentReference {
  readonly id: string;
  readonly table: string | undefined;
}

/** The extents of a database change, by table. */
interface Picked {
  readonly table: TableInfo;
  readonly extents: readonly Extent[];
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The extents that a query, or a `.show … extents`, gives in its columns ExtentId and TableName. */
async function referenced(
  context: CommandContext,
  text: string,
  needsTable: boolean,
): Promise<readonly ExtentReference[]> {
  const { columns, rows } = await context.rowsOf(text);
  const at = (name: string): number => columns.findIndex((column) => column.name === name);
  const [id, table] = [at('ExtentId'), at('TableName')];
  if (id === -1 || (needsTable && table === -1)) {
    const wanted = needsTable ? "the columns 'ExtentId' and 'TableName'" : "the column 'ExtentId'";
    throw badRequest(`The query that names extents has to have ${wanted}.`);
  }
  return rows.map((row) => ({
    id: extentId(String(row[id])),
    table: needsTable ? String(row[table]) : undefined,
  }));
}

function extentId(text: string): string {
  const id = text.toLowerCase();
  if (!guid.test(id)) throw badRequest(`'${text.slice(0, 60)}' is not the id of an extent, a guid.`);
  return id;
}

async function pick(
  turn: WriteTurn,
  references: readonly ExtentReference[],
  fallback?: string,
): Promise<readonly Picked[]> {
  const wanted = new Map<string, Set<string>>();
  for (const { id, table = fallback ?? '' } of references) {
    wanted.set(table, (wanted.get(table) ?? new Set()).add(id));
  }
  const picked: Picked[] = [];
  for (const [name, ids] of wanted) {
    const table = turn.table(name);
    const extents = (await extentsOf(turn.connection, table)).filter(({ id }) => ids.has(id));
    const missing = [...ids].find((id) => !extents.some((extent) => extent.id === id));
    if (missing !== undefined) throw badRequest(`Extent '${missing}' was not found in table '${name}'.`);
    picked.push({ table, extents });
  }
  return picked;
}

/** Runs the drop, or with `pretend` only tells what it would drop (page "drop extents"). */
async function drop(
  context: CommandContext,
  pretend: boolean,
  choose: (turn: WriteTurn) => Promise<readonly Picked[]>,
): Promise<CommandTable> {
  return context.current().change(async (turn) => {
    const picked = await choose(turn);
    for (const { table, extents } of picked) await dropExtents(turn, table, extents);
    if (pretend) turn.discard();
    return resultTable(
      { ExtentId: 'string', TableName: 'string', CreatedOn: 'datetime' },
      picked.flatMap(({ table, extents }) => extents.map(({ id, createdOn }) => [id, table.name, createdOn])),
    );
  });
}

interface DropFilter {
  /** Ticks; undefined for extents of any age. */
  readonly olderThan: bigint | undefined;
  /** undefined for all tables. */
  readonly tables: readonly string[] | undefined;
  readonly limit: number | undefined;
}

async function byAge(turn: WriteTurn, filter: DropFilter): Promise<readonly Picked[]> {
  const { olderThan } = filter;
  const before = olderThan === undefined ? undefined : turn.now() - olderThan;
  let left = filter.limit ?? Number.MAX_SAFE_INTEGER;
  const picked: Picked[] = [];
  for (const table of filter.tables?.map((name) => turn.table(name)) ?? turn.tables) {
    const old = (await extentsOf(turn.connection, table)).filter(
      ({ createdOn }) => before === undefined || (createdOn !== null && createdOn < before),
    );
    const extents = old.slice(0, left);
    left -= extents.length;
    picked.push({ table, extents });
  }
  return picked;
}

interface MoveOptions {
  readonly newTime: boolean;
  readonly from: bigint | undefined;
  readonly to: bigint | undefined;
}

function moveOptions(properties: Properties): MoveOptions {
  checkProperties(properties, ['setnewingestiontime', 'extentcreatedonfrom', 'extentcreatedonto']);
  return {
    newTime: flag(properties, 'setnewingestiontime') ?? false,
    from: datetimeProperty(properties, 'extentcreatedonfrom'),
    to: datetimeProperty(properties, 'extentcreatedonto'),
  };
}

async function movePicked(
  turn: WriteTurn,
  picked: readonly Picked[],
  target: TableInfo,
  options: MoveOptions,
): Promise<readonly Value[][]> {
  const rows: Value[][] = [];
  for (const { table, extents } of picked) {
    const chosen = extents.filter(
      ({ createdOn }) =>
        (options.from === undefined || (createdOn !== null && createdOn > options.from)) &&
        (options.to === undefined || (createdOn !== null && createdOn < options.to)),
    );
    const moved = await moveExtents(turn, table, target, chosen, options.newTime);
    rows.push(...moved.map(({ original, result }): Value[] => [original, result ?? '', '']));
  }
  return rows;
}

function movedExtents(rows: readonly Value[][]): CommandTable {
  return resultTable({ OriginalExtentId: 'string', ResultExtentId: 'string', Details: 'string' }, rows);
}

/** `(id, …)` or a single id. */
function extentIds(reader: CommandReader): ExtentReference[] {
  const read = (): ExtentReference => {
    const place = reader.position;
    const id = reader.value('the id of an extent').toLowerCase();
    if (!guid.test(id)) throw reader.error('the id of an extent, a guid, is expected here', place);
    return { id, table: undefined };
  };
  if (!reader.takesMark('(')) return [read()];
  const ids: ExtentReference[] = [];
  do ids.push(read());
  while (reader.takesMark(','));
  reader.mark(')');
  return ids;
}

function wholeNumber(reader: CommandReader, what: string): number {
  const place = reader.position;
  const text = reader.value(what);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw reader.error(`${what}, a whole number, is expected here`, place);
}

function dropFilter(reader: CommandReader): DropFilter {
  let olderThan: bigint | undefined;
  if (reader.takes('older')) {
    const count = BigInt(wholeNumber(reader, 'a number of days or hours'));
    const hours = reader.takes('days') ? 24n : 1n;
    if (hours === 1n) reader.keyword('hours');
    olderThan = count * hours * ticksPerHour;
  }
  reader.keyword('from');
  let tables: readonly string[] | undefined;
  if (reader.takes('tables')) tables = reader.names('table');
  else if (!reader.takesAll('all', 'tables')) tables = [reader.name('table')];
  const place = reader.position;
  if (reader.takes('trim'))
    throw reader.error('dropping extents by their size is not supported by this endpoint', place);
  const limit = reader.takes('limit') ? wholeNumber(reader, 'a number of extents') : undefined;
  reader.end();
  return { olderThan, tables, limit };
}

function parseDrop(reader: CommandReader, pretend: boolean): ReturnType<typeof changes> | undefined {
  if (!reader.takes('extents') && !reader.takes('extent')) return undefined;
  const whatIf = reader.takes('whatif') || pretend;
  if (reader.text.startsWith('<|', reader.position)) {
    const text = queryBehind(reader);
    return changes(async (context) => {
      const references = await referenced(context, text, true);
      return drop(context, whatIf, (turn) => pick(turn, references));
    });
  }
  if (/^(?:older|from)\s/i.test(reader.text.slice(reader.position))) {
    const filter = dropFilter(reader);
    return changes((context) => drop(context, whatIf, (turn) => byAge(turn, filter)));
  }
  const ids = extentIds(reader);
  reader.keyword('from');
  const name = reader.name('table');
  reader.end();
  return changes((context) => drop(context, whatIf, (turn) => pick(turn, ids, name)));
}

function parseMove(reader: CommandReader): ReturnType<typeof changes> | undefined {
  refuseAsync(reader);
  if (!reader.takes('extents')) return undefined;
  const all = reader.takes('all');
  const source = reader.takes('from') ? (reader.keyword('table'), reader.name('table')) : undefined;
  if (all && source === undefined) reader.keyword('from');
  reader.keyword('to');
  reader.keyword('table');
  const target = reader.name('table');
  const options = moveOptions(reader.properties());
  if (source === undefined) {
    const text = queryBehind(reader);
    return changes(async (context) => {
      const references = await referenced(context, text, true);
      return context
        .current()
        .change(async (turn) =>
          movedExtents(await movePicked(turn, await pick(turn, references), turn.table(target), options)),
        );
    });
  }
  const ids = all ? undefined : extentIds(reader);
  reader.end();
  return changes((context) =>
    context.current().change(async (turn) => {
      const table = turn.table(source);
      const picked =
        ids === undefined
          ? [{ table, extents: await extentsOf(turn.connection, table) }]
          : await pick(turn, ids, source);
      return movedExtents(await movePicked(turn, picked, turn.table(target), options));
    }),
  );
}

function parseReplace(reader: CommandReader): ReturnType<typeof changes> | undefined {
  refuseAsync(reader);
  if (!reader.takesAll('extents', 'in', 'table')) return undefined;
  const target = reader.name('table');
  const options = moveOptions(reader.properties());
  reader.mark('<|');
  const dropped = reader.bracketed('{', 'the query of the extents to drop').text.slice(1, -1);
  reader.mark(',');
  const moved = reader.bracketed('{', 'the query of the extents to move').text.slice(1, -1);
  reader.end();
  return changes(async (context) => {
    const toDrop = await referenced(context, dropped, false);
    const toMove = await referenced(context, moved, true);
    return context.current().change(async (turn) => {
      const table = turn.table(target);
      const gone = await pick(turn, toDrop, target);
      for (const { extents } of gone) await dropExtents(turn, table, extents);
      const rows = await movePicked(turn, await pick(turn, toMove), table, options);
      const droppedRows = gone.flatMap(({ extents }) => extents.map(({ id }): Value[] => [id, '', '']));
      return movedExtents([...droppedRows, ...rows]);
    });
  });
}

export const extentChangeCommands: readonly CommandDefinition[] = [
  {
    syntax:
      '.drop[-pretend] extents [whatif] (id, …) from T | [older N days|hours] from T | all tables [limit N] | <| query',
    verb: '.drop',
    parse: (reader) => parseDrop(reader, false),
  },
  { syntax: '', verb: '.drop-pretend', parse: (reader) => parseDrop(reader, true) },
  {
    syntax:
      '.move extents all from table T to table U | from table T to table U (id, …) | to table U <| query [with (setNewIngestionTime, extentCreatedOnFrom, extentCreatedOnTo)]',
    verb: '.move',
    parse: parseMove,
  },
  {
    syntax: '.replace extents in table T [with (…)] <| {query of what to drop}, {query of what to move}',
    verb: '.replace',
    parse: parseReplace,
  },
];
