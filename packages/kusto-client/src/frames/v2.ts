/**
 * The v2 answer: an array of frames, in one line or one a line, fragmented (TableHeader, TableFragment*, TableCompletion) or
 * not (DataTable), with the keys of a frame in any order. https://learn.microsoft.com/kusto/api/rest/response-v2
 */
import { KustoError } from '../errors.ts';
import { errorOfResult } from '../service-errors.ts';
import type { KustoColumn, RowBatch } from '../types.ts';
import { readColumns } from './columns.ts';
import { CLOSE_BRACKET, COMMA, OPEN_BRACE } from './json.ts';
import { fieldsOf, readKeys } from './object.ts';
import type { Fields } from './object.ts';
import { checkCompletionInformation, readExtendedProperties } from './status.ts';
import { TableReader, readWholeTable } from './table-reader.ts';
import type { ScanLimits } from './table-reader.ts';
import type { ScanEvents } from './scan.ts';
import { incomplete } from './window.ts';
import type { ByteWindow } from './window.ts';

const PRIMARY = 'PrimaryResult';
const EXTENDED_PROPERTIES = '@ExtendedProperties';

interface Header {
  readonly id: unknown;
  readonly kind: string;
  readonly name: string;
  readonly columns: readonly KustoColumn[];
}

/** A table that came as a header and is not complete yet. */
interface OpenTable {
  readonly header: Header;
  readonly reader: TableReader | undefined;
  /** `Rows` arrays of a table beside the primary result. */
  readonly held: Uint8Array[];
}

function protocol(message: string): KustoError {
  return new KustoError('KUSTO_PROTOCOL', message);
}

export class V2Scan {
  readonly #window: ByteWindow;
  readonly #limits: ScanLimits;
  readonly #events: ScanEvents;
  #frames = 0;
  #open: OpenTable | undefined;
  #sawPrimary = false;
  #completed = false;

  constructor(window: ByteWindow, limits: ScanLimits, events: ScanEvents) {
    this.#window = window;
    this.#limits = limits;
    this.#events = events;
  }

  /** Reads from the opening bracket of the body to its closing one. */
  async *read(): AsyncGenerator<RowBatch, void, void> {
    const window = this.#window;
    window.start++;
    for (;;) {
      if ((await window.peek()) !== OPEN_BRACE) throw await this.#unexpected('a frame');
      yield* this.#frame();
      this.#frames++;
      if (this.#open?.reader !== undefined) yield* this.#open.reader.flushIdle(window);
      const next = await window.peek();
      if (next < 0) throw incomplete();
      window.start++;
      if (next === CLOSE_BRACKET) break;
      if (next !== COMMA)
        throw protocol(
          `a comma or the end of the frames is expected at byte ${window.position(window.start - 1)}`,
        );
    }
    if (!this.#completed)
      throw new KustoError(
        'KUSTO_INCOMPLETE',
        'the body has no DataSetCompletion frame, so the result may not be whole',
      );
  }

  async #unexpected(wanted: string): Promise<KustoError> {
    const window = this.#window;
    if ((await window.peek()) < 0) return incomplete();
    return protocol(`${wanted} is expected at byte ${window.position(window.start)}`);
  }

  async *#frame(): AsyncGenerator<RowBatch, void, void> {
    const window = this.#window;
    const fields: Fields = new Map();
    let streamed = false;
    let table: TableReader | undefined;
    for await (const key of readKeys(window)) {
      if (key === 'Rows') {
        if (streamed || fields.has('Rows')) throw protocol('a frame has Rows twice');
        table = this.#streamingTarget(fields);
        if (table !== undefined) {
          streamed = true;
          yield* table.read(window);
          continue;
        }
      }
      fields.set(key, await window.take());
    }
    yield* this.#finishFrame(fieldsOf(fields), streamed ? table : undefined);
  }

  /** Where rows may go at once: only when everything that decides about them stood before them. */
  #streamingTarget(fields: Fields): TableReader | undefined {
    const known = fieldsOf(fields);
    if (known['FrameType'] === 'TableFragment') {
      if (known['TableFragmentType'] === undefined || known['TableId'] === undefined) return undefined;
      return this.#fragmentTarget(known).reader;
    }
    if (known['FrameType'] !== 'DataTable' || known['TableKind'] !== PRIMARY) return undefined;
    if (known['Columns'] === undefined) return undefined;
    return this.#primary(this.#header(known));
  }

  #fragmentTarget(fields: Readonly<Record<string, unknown>>): OpenTable {
    const type = fields['TableFragmentType'];
    if (type !== 'DataAppend') {
      throw new KustoError(
        'KUSTO_PROGRESSIVE',
        `a fragment of type ${JSON.stringify(type)} takes rows back that were already sent`,
      );
    }
    const open = this.#open;
    if (open === undefined || open.header.id !== fields['TableId']) {
      throw protocol(`a fragment belongs to table ${JSON.stringify(fields['TableId'])}, which is not open`);
    }
    return open;
  }

  #header(fields: Readonly<Record<string, unknown>>): Header {
    const { TableId: id, TableKind: kind, TableName: name } = fields;
    if (typeof kind !== 'string') throw protocol('a table has no TableKind');
    return { id, kind, name: typeof name === 'string' ? name : '', columns: readColumns(fields['Columns']) };
  }

  #primary(header: Header): TableReader {
    if (this.#sawPrimary) {
      throw new KustoError(
        'KUSTO_MULTIPLE_RESULTS',
        'the text gives more than one result; send one tabular statement',
      );
    }
    this.#sawPrimary = true;
    this.#events.columns(header.columns);
    return new TableReader(header.columns, this.#limits);
  }

  async *#finishFrame(
    fields: Readonly<Record<string, unknown>>,
    table: TableReader | undefined,
  ): AsyncGenerator<RowBatch, void, void> {
    const type = fields['FrameType'];
    if (this.#completed) throw protocol('a frame follows the DataSetCompletion frame');
    if (this.#frames === 0 && type !== 'DataSetHeader') throw protocol('the first frame is no DataSetHeader');
    switch (type) {
      case 'DataSetHeader':
        this.#dataSetHeader(fields);
        return;
      case 'DataTable':
        yield* this.#dataTable(fields, table);
        return;
      case 'TableHeader': {
        if (this.#open !== undefined) throw protocol('a table begins before the one before it is complete');
        const header = this.#header(fields);
        const reader = header.kind === PRIMARY ? this.#primary(header) : undefined;
        this.#open = { header, reader, held: [] };
        return;
      }
      case 'TableFragment':
        yield* this.#fragment(fields, table);
        return;
      case 'TableCompletion':
        yield* this.#tableCompletion(fields);
        return;
      case 'DataSetCompletion':
        this.#dataSetCompletion(fields);
        return;
      case 'TableProgress':
        // A percentage. It takes nothing back, and some answers that are not progressive have it.
        return;
      default:
        throw protocol(`a frame has the unknown FrameType ${JSON.stringify(type)}`);
    }
  }

  #dataSetHeader(fields: Readonly<Record<string, unknown>>): void {
    if (this.#frames > 0) throw protocol('a second DataSetHeader frame');
    if (fields['IsProgressive'] === true) {
      throw new KustoError(
        'KUSTO_PROGRESSIVE',
        'the service sends a progressive result, which was not asked for',
      );
    }
  }

  async *#dataTable(
    fields: Readonly<Record<string, unknown>>,
    streamed: TableReader | undefined,
  ): AsyncGenerator<RowBatch, void, void> {
    if (this.#open !== undefined) throw protocol('a table stands inside another one');
    if (streamed !== undefined) {
      yield* streamed.finish(this.#window);
    } else {
      const header = this.#header(fields);
      const rows = fields['Rows'];
      if (!(rows instanceof Uint8Array)) throw protocol('a table has no Rows');
      if (header.kind === PRIMARY) yield* this.#primary(header).readHeld(rows);
      else await this.#secondary(header, [rows]);
    }
    throwListed(fields, 'a table');
  }

  async *#fragment(
    fields: Readonly<Record<string, unknown>>,
    streamed: TableReader | undefined,
  ): AsyncGenerator<RowBatch, void, void> {
    if (streamed === undefined) {
      const open = this.#fragmentTarget(fields);
      const rows = fields['Rows'];
      if (!(rows instanceof Uint8Array)) throw protocol('a fragment has no Rows');
      if (open.reader === undefined) {
        this.#hold(open, rows);
      } else {
        // Rows of earlier fragments may still wait in the window: they go first.
        yield* open.reader.finish(this.#window);
        yield* open.reader.readHeld(rows);
      }
    }
    throwListed(fields, 'a fragment');
  }

  #hold(open: OpenTable, rows: Uint8Array): void {
    open.held.push(rows);
    const bytes = open.held.reduce((sum, part) => sum + part.length, 0);
    if (bytes > this.#limits.maxRowBytes) {
      throw new KustoError(
        'KUSTO_ROW_TOO_LARGE',
        `table ${JSON.stringify(open.header.name)} beside the result is larger than ${this.#limits.maxRowBytes} bytes`,
      );
    }
  }

  async *#tableCompletion(fields: Readonly<Record<string, unknown>>): AsyncGenerator<RowBatch, void, void> {
    const open = this.#open;
    if (open === undefined || open.header.id !== fields['TableId']) {
      throw protocol(`the completion of table ${JSON.stringify(fields['TableId'])}, which is not open`);
    }
    this.#open = undefined;
    throwListed(fields, 'the completion of a table');
    let count: number;
    if (open.reader === undefined) {
      count = await this.#secondary(open.header, open.held);
    } else {
      yield* open.reader.finish(this.#window);
      count = open.reader.rowCount;
    }
    if (fields['RowCount'] !== count) {
      throw new KustoError(
        'KUSTO_INCOMPLETE',
        `table ${JSON.stringify(open.header.name)} came with ${count} rows, its completion says ${JSON.stringify(fields['RowCount'])}`,
      );
    }
  }

  async #secondary(header: Header, rows: readonly Uint8Array[]): Promise<number> {
    const batch = await readWholeTable(header.columns, rows, this.#limits);
    if (header.kind === 'QueryCompletionInformation') checkCompletionInformation(batch);
    if (header.kind === 'QueryProperties' || header.name === EXTENDED_PROPERTIES) {
      const { cursor } = readExtendedProperties(batch);
      if (cursor !== undefined) this.#events.cursor(cursor);
    }
    return batch.rowCount;
  }

  #dataSetCompletion(fields: Readonly<Record<string, unknown>>): void {
    throwListed(fields, 'the completion of the result');
    if (fields['Cancelled'] === true) {
      throw new KustoError('KUSTO_CANCELLED', 'the query was cancelled at the service');
    }
    if (fields['HasErrors'] !== false || fields['Cancelled'] !== false) {
      throw errorOfResult([], 'the completion of the result');
    }
    if (this.#open !== undefined) throw protocol('the result ends before its table is complete');
    if (!this.#sawPrimary) throw protocol('the answer has no PrimaryResult table');
    this.#completed = true;
  }
}

function throwListed(fields: Readonly<Record<string, unknown>>, where: string): void {
  for (const key of ['OneApiErrors', 'Exceptions']) {
    const list = fields[key];
    if (Array.isArray(list) ? list.length > 0 : list !== undefined && list !== null)
      throw errorOfResult(list, where);
  }
}
