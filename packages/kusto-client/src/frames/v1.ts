/**
 * The v1 answer: `{"Tables":[{TableName, Columns, Rows}]}`. With more than two tables the last is the TableOfContents that names
 * the others; with two, the second has the properties. https://learn.microsoft.com/kusto/api/rest/response-http
 */
import { KustoError } from '../errors.ts';
import { errorOfResult } from '../service-errors.ts';
import type { KustoColumn, RowBatch } from '../types.ts';
import { readColumns } from './columns.ts';
import { CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET } from './json.ts';
import { fieldsOf, readKeys } from './object.ts';
import type { Fields } from './object.ts';
import { checkCompletionInformation, readExtendedProperties, readTableOfContents } from './status.ts';
import { TableReader, readWholeTable } from './table-reader.ts';
import type { ScanLimits } from './table-reader.ts';
import type { ScanEvents } from './scan.ts';
import { incomplete } from './window.ts';
import type { ByteWindow } from './window.ts';

function protocol(message: string): KustoError {
  return new KustoError('KUSTO_PROTOCOL', message);
}

export class V1Scan {
  readonly #window: ByteWindow;
  readonly #limits: ScanLimits;
  readonly #events: ScanEvents;
  /** Tables after the first. */
  readonly #others: RowBatch[] = [];
  #tables = 0;
  #heldBytes = 0;

  constructor(window: ByteWindow, limits: ScanLimits, events: ScanEvents) {
    this.#window = window;
    this.#limits = limits;
    this.#events = events;
  }

  /** Reads the body's one object. */
  async *read(): AsyncGenerator<RowBatch, void, void> {
    const fields: Fields = new Map();
    for await (const key of readKeys(this.#window)) {
      if (key === 'Tables') yield* this.#readTables();
      else fields.set(key, await this.#window.take());
    }
    const { OneApiErrors: errors, Exceptions: exceptions, error } = fieldsOf(fields);
    const reported = errors ?? exceptions ?? error;
    if (reported !== undefined && reported !== null) throw errorOfResult(reported, 'the body');
    if (this.#tables === 0) throw protocol('the answer has no table');
    this.#judge();
  }

  async *#readTables(): AsyncGenerator<RowBatch, void, void> {
    const window = this.#window;
    if (this.#tables > 0) throw protocol('Tables stands twice in the body');
    const first = await window.peek();
    if (first < 0) throw incomplete();
    if (first !== OPEN_BRACKET) throw protocol('Tables is not an array');
    window.start++;
    for (;;) {
      const byte = await window.peek();
      if (byte === CLOSE_BRACKET && this.#tables === 0) break;
      if (byte < 0) throw incomplete();
      if (byte !== OPEN_BRACE) throw protocol(`a table is expected at byte ${window.position(window.start)}`);
      yield* this.#table();
      this.#tables++;
      const next = await window.peek();
      if (next < 0) throw incomplete();
      if (next === CLOSE_BRACKET) break;
      if (next !== COMMA)
        throw protocol(
          `a comma or the end of the tables is expected at byte ${window.position(window.start)}`,
        );
      window.start++;
    }
    window.start++;
  }

  async *#table(): AsyncGenerator<RowBatch, void, void> {
    const window = this.#window;
    const fields: Fields = new Map();
    let reader: TableReader | undefined;
    for await (const key of readKeys(window)) {
      const columns = fields.get('Columns');
      if (key === 'Rows' && this.#tables === 0 && columns !== undefined && reader === undefined) {
        reader = this.#primary(readColumns(fieldsOf(fields)['Columns']));
        yield* reader.read(window);
        yield* reader.finish(window);
      } else {
        fields.set(key, await window.take());
      }
    }
    const parsed = fieldsOf(fields);
    if (reader === undefined) {
      const rows = parsed['Rows'];
      if (!(rows instanceof Uint8Array)) throw protocol('a table has no Rows');
      const columns = readColumns(parsed['Columns']);
      if (this.#tables === 0) yield* this.#primary(columns).readHeld(rows);
      else await this.#other(columns, rows);
    }
    const reported = parsed['OneApiErrors'] ?? parsed['Exceptions'];
    if (reported !== undefined && reported !== null) throw errorOfResult(reported, 'a table');
  }

  #primary(columns: readonly KustoColumn[]): TableReader {
    this.#events.columns(columns);
    return new TableReader(columns, this.#limits);
  }

  async #other(columns: readonly KustoColumn[], rows: Uint8Array): Promise<void> {
    this.#heldBytes += rows.length;
    if (this.#heldBytes > this.#limits.maxRowBytes) {
      throw new KustoError(
        'KUSTO_ROW_TOO_LARGE',
        `the tables beside the result are larger than ${this.#limits.maxRowBytes} bytes`,
      );
    }
    this.#others.push(await readWholeTable(columns, [rows], this.#limits));
  }

  /** The first table was passed on as the result; whether that was right, and whether it is whole, the last table says. */
  #judge(): void {
    const [properties] = this.#others;
    if (properties === undefined) return;
    if (this.#tables === 2) {
      this.#properties(properties);
      return;
    }
    const contents = this.#others.at(-1);
    const kinds = contents === undefined ? undefined : readTableOfContents(contents);
    if (kinds === undefined)
      throw protocol('the answer has several tables, and the last is no table of contents');
    if (kinds.get(0) !== 'QueryResult') throw protocol('the first table is not the result of the query');
    for (const [index, table] of this.#others.slice(0, -1).entries()) {
      switch (kinds.get(index + 1)) {
        case 'QueryProperties':
          this.#properties(table);
          break;
        case 'QueryStatus':
          checkCompletionInformation(table);
          break;
        case 'QueryResult':
          throw new KustoError(
            'KUSTO_MULTIPLE_RESULTS',
            'the text gives more than one result; send one tabular statement',
          );
        default:
          break;
      }
    }
  }

  #properties(table: RowBatch): void {
    const { cursor } = readExtendedProperties(table);
    if (cursor !== undefined) this.#events.cursor(cursor);
  }
}
