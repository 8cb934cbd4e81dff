import { KustoError, quoteIdentifier, type Logger } from '@drasi-kusto/kusto-client';
import type { Clock } from '@drasi-kusto/source-sdk';
import type { EntityConfig } from '../config/entity-config.ts';
import { isRefusal } from '../query/refusal.ts';
import type { SourceReader } from '../query/source-reader.ts';

/** What a checkpoint's cursor was taken from, as far as the identity may ask. */
export interface Origin {
  /** `DatabaseId` of `.show database identity`: another one after the database was made again, or in another cluster. */
  readonly databaseId?: string;
  /** `TableId` of `.show table T details`: another one after the table was dropped and made again, or another took its name. */
  readonly tableId?: string;
  /** The ingestion-time policy was seen switched off: rows of that time are in no window. */
  readonly policyOff?: boolean;
}

/** Why rows may be missing between the checkpoint and now. */
export interface Gap {
  readonly kind:
    | 'cursor_refused'
    | 'database_replaced'
    | 'policy_off'
    | 'policy_was_off'
    | 'state_lost'
    | 'table_replaced';
  /** A sentence without its full stop. */
  readonly reason: string;
}

/** What the service shows; undefined where it does not say. */
interface Seen {
  readonly databaseId: string | undefined;
  readonly tableId: string | undefined;
  readonly policyOn: boolean | undefined;
}

export interface GapCheckOptions {
  readonly reader: SourceReader;
  readonly config: EntityConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the log was told already; shared by the runs of a monitor. */
  readonly told: Set<string>;
}

/** Three small commands; a replaced table is noticed this late at worst, and at every start. */
const checkEveryMs = 60_000;

/**
 * Holds what the checkpoint belongs to against what is there now (invariant I10). Whether a cursor is of a later time than
 * another cannot be told from their texts, so identities are compared. The commands need no more than Database Viewer.
 */
export class GapCheck {
  readonly #options: GapCheckOptions;
  #origin: Origin;
  #seen: Seen | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;
  /** Commands that the service answered. */
  readonly #answered = new Set<string>();

  constructor(options: GapCheckOptions, origin: Origin | undefined) {
    this.#options = options;
    this.#origin = origin ?? {};
  }

  /** For the checkpoint. */
  get origin(): Origin {
    return this.#origin;
  }

  get due(): boolean {
    return this.#options.clock.now() >= this.#nextAt;
  }

  /**
   * Asks the service, and takes over what was not known.
   * @throws KustoError when it cannot be asked at the start; later that is tried again when it is due
   * @throws KustoSourceError SCHEMA when the table is gone
   */
  async look(signal: AbortSignal): Promise<Gap | undefined> {
    const { clock, logger } = this.#options;
    try {
      this.#seen = await this.#ask(signal);
    } catch (error) {
      if (this.#seen === undefined || signal.aborted || !(error instanceof KustoError)) throw error;
      logger.info('whether the table is still the same could not be asked, it will be tried again', {
        reason: error.message,
      });
    }
    this.#nextAt = clock.now() + checkEveryMs;
    return this.#compare(this.#seen);
  }

  /** From now on the cursor belongs to what was last seen. */
  accept(): void {
    const { databaseId = this.#origin.databaseId, tableId = this.#origin.tableId } = this.#seen ?? {};
    this.#origin = withoutUndefined({ databaseId, tableId });
  }

  /**
   * The gap behind a window that was refused.
   * @throws the error itself when it is no gap; KustoSourceError SCHEMA when the query or its key no longer fit the table
   */
  async explain(error: unknown, cursor: string, signal: AbortSignal): Promise<Gap> {
    const { reader } = this.#options;
    if (!isRefusal(error)) throw error;
    const gap = await this.look(signal);
    if (gap !== undefined) return gap;
    await reader.checkSchema(signal);
    // What is left of the window's text is the cursor. The service's words for a bad one are not documented: it is tried out.
    if (!(await reader.refusesCursor(cursor, signal))) throw error;
    return {
      kind: 'cursor_refused',
      reason: `the service does not take the cursor of the checkpoint (${error.message})`,
    };
  }

  #compare(seen: Seen): Gap | undefined {
    const { config } = this.#options;
    const { databaseId, tableId, policyOff } = this.#origin;
    const { database, table } = config;
    if (seen.policyOn === false) {
      this.#origin = { ...this.#origin, policyOff: true };
      return {
        kind: 'policy_off',
        reason: `the ingestion-time policy of the table ${table} is switched off, and rows that arrive so are in no window`,
      };
    }
    if (isOther(databaseId, seen.databaseId))
      return {
        kind: 'database_replaced',
        reason: `the database ${database} was made again, or is another cluster's (its id was ${databaseId} and is ${seen.databaseId})`,
      };
    if (isOther(tableId, seen.tableId))
      return {
        kind: 'table_replaced',
        reason: `the table ${table} was dropped and made again, or another one took its name (its id was ${tableId} and is ${seen.tableId})`,
      };
    if (policyOff === true)
      return {
        kind: 'policy_was_off',
        reason: `the ingestion-time policy of the table ${table} was switched off for a time, and rows that arrived meanwhile are in no window`,
      };
    this.#origin = withoutUndefined({
      databaseId: databaseId ?? seen.databaseId,
      tableId: tableId ?? seen.tableId,
    });
    return undefined;
  }

  async #ask(signal: AbortSignal): Promise<Seen> {
    const table = quoteIdentifier(this.#options.config.table);
    const [databaseId, tableId, policy] = await Promise.all([
      this.#show('.show database identity', 'DatabaseId', 'a database that was made again', signal),
      this.#show(`.show table ${table} details`, 'TableId', 'a table that was made again', signal),
      this.#show(
        `.show table ${table} policy ingestiontime`,
        'Policy',
        'an ingestion-time policy that is off',
        signal,
      ),
    ]);
    return { databaseId, tableId, policyOn: policy === undefined ? undefined : isOn(policy) };
  }

  /** One cell of the first row of a command's result; undefined where the identity may not ask, or the service does not say. */
  async #show(
    command: string,
    column: string,
    hidden: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { reader, logger, told } = this.#options;
    let reason = `the answer has no ${column}`;
    try {
      const { columns, rows } = await reader.ask(command, signal);
      this.#answered.add(command);
      const wanted = column.toLowerCase();
      const cell = rows[0]?.[columns.findIndex(({ name }) => name.toLowerCase() === wanted)];
      if (typeof cell === 'string' && cell !== '') return cell;
    } catch (error) {
      if (!(error instanceof KustoError) || !['denied', 'permanent'].includes(error.retryClass)) throw error;
      // One that was answered before: the table may be gone, which is then all that is to be told.
      if (this.#answered.has(command) && error.retryClass === 'permanent') await reader.checkSchema(signal);
      reason = error.message;
    }
    if (!told.has(command))
      logger.warn(`${hidden} will not be noticed, since ${command} cannot be asked: ${reason}`);
    told.add(command);
    return undefined;
  }
}

/** What cannot be asked proves nothing. */
function isOther(known: string | undefined, seen: string | undefined): boolean {
  return known !== undefined && seen !== undefined && known !== seen;
}

/** A policy that is not set is null, and one that is switched off says so. Other text is none of ours to read as off. */
function isOn(policy: string): boolean | undefined {
  try {
    const value: unknown = JSON.parse(policy);
    if (value === null) return false;
    if (typeof value === 'object' && 'IsEnabled' in value) return value.IsEnabled !== false;
  } catch {
    // Not JSON.
  }
  return undefined;
}

function withoutUndefined({
  databaseId,
  tableId,
}: {
  readonly databaseId: string | undefined;
  readonly tableId: string | undefined;
}): Origin {
  return {
    ...(databaseId === undefined ? {} : { databaseId }),
    ...(tableId === undefined ? {} : { tableId }),
  };
}
