import { quoteIdentifier, stringLiteral } from '@drasi-kusto/kusto-client';
import type { KustoLocal, ResultValue } from 'kusto-local';
import { timeCursor } from '../../src/query/time-cursor.ts';
import { bulkRows, keyAt, ModelColumns } from './model-columns.ts';
import type { ModelService } from './model-service.ts';
import type { DataStep } from './step.ts';

export const database = 'NetDefaultDB';

/** A result as objects by column name. */
export type KustoRow = Readonly<Record<string, ResultValue>>;

/** The table of a plan, and a staging table beside it, at a kusto-local. */
export class ModelTable {
  readonly name: string;
  readonly kusto: KustoLocal;
  /** Its columns. */
  readonly shape = new ModelColumns();
  readonly #staging: string;
  readonly #service: ModelService;

  constructor(service: ModelService, name: string) {
    this.#service = service;
    this.kusto = service.kusto;
    this.name = name;
    this.#staging = `${name}s`;
  }

  async create(): Promise<void> {
    const [table, staging] = [quoteIdentifier(this.name), quoteIdentifier(this.#staging)];
    const { schema } = this.shape;
    await this.#run(`.create tables ${table} ${schema}, ${staging} ${schema}`);
  }

  async drop(): Promise<void> {
    this.kusto.change({ cursorLagMs: 0 });
    await this.kusto.commitCursors();
    await this.#run(`.drop tables (${this.name}, ${this.#staging}) ifexists`);
  }

  /** A query's result, in no order. */
  async rows(text: string): Promise<readonly KustoRow[]> {
    const { columns, rows } = await this.kusto.execute(database, text);
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, ordinal) => [name, row[ordinal]])));
  }

  async columns(query: string): Promise<readonly { readonly name: string; readonly type: string }[]> {
    return (await this.kusto.execute(database, `${query}\n| take 0`)).columns;
  }

  /** The cursor behind everything that has a cursor value, or where there are none, what the source takes instead. */
  async cursor(): Promise<string> {
    if (!this.#service.cursors) {
      const [row] = await this.rows(`${this.name} | summarize at = max(ingestion_time())`);
      return timeCursor((row?.['at'] ?? null) as string | null);
    }
    return String((await this.kusto.execute(database, 'print cursor_current()')).rows[0]?.[0]);
  }

  async apply(step: DataStep): Promise<void> {
    const table = this.name;
    switch (step.do) {
      case 'ingest':
        await this.kusto.ingest(database, table, this.shape.csv(step.rows));
        return;
      case 'bulk':
        await this.kusto.ingest(database, table, this.shape.csv(bulkRows(step.from, step.count)));
        return;
      case 'stream':
        return await this.#stream(this.shape.csv(step.rows));
      case 'ingestOld':
        await this.#run(
          `.ingest inline into table ${table} with (creationTime="2020-01-01") <|\n${this.shape.csv(step.rows)}`,
        );
        return;
      case 'move':
        await this.kusto.ingest(database, this.#staging, this.shape.csv(step.rows));
        await this.#run(`.move extents all from table ${this.#staging} to table ${table}`);
        return;
      case 'stage':
        await this.kusto.ingest(database, this.#staging, this.shape.csv(step.rows));
        return;
      case 'later':
        this.#service.later(step.minutes);
        return;
      case 'rewrite':
        await this.#run(`.append ${table} <| ${this.#newest(step.key)} | extend v = ${step.v}, n = n + 1`);
        return;
      case 'update': {
        const deleted = `${table} | where ${hasKey(step.key)}`;
        const appended = `${this.#newest(step.key)} | extend v = ${step.v}, n = n + 1`;
        await this.#run(
          `.update table ${table} delete D append A <| let D = ${deleted}; let A = ${appended};`,
        );
        return;
      }
      case 'softDelete':
        await this.#run(`.delete table ${table} records <| ${table} | where ${hasKey(step.key)}`);
        return;
      case 'deleteSome':
        await this.#run(`.delete table ${table} records <| ${table} | where v % 3 == ${step.rest}`);
        return;
      case 'purge':
        await this.#run(`.purge table ${table} records with (noregrets='true') <| where ${hasKey(step.key)}`);
        return;
      case 'replace':
        await this.#run(`.set-or-replace ${table} <| ${table} | where v % 3 != ${step.rest}`);
        return;
      case 'recreate':
        return await this.#recreate(step);
      case 'policyOff':
        await this.#run(`.alter table ${table} policy ingestiontime false`);
        await this.kusto.ingest(database, table, this.shape.csv(step.rows));
        return;
      case 'addColumn':
      case 'dropColumn':
      case 'retype':
        return await this.#reshape(step);
      default:
        return await this.#keep(step);
    }
  }

  /** @param command the one that switches it on */
  async policyOn(command: string): Promise<void> {
    await this.#run(command);
  }

  /** Another one than that of a table of the same name before it. */
  async id(): Promise<string> {
    const { columns, rows } = await this.kusto.execute(database, `.show table ${this.name} details`);
    return String(rows[0]?.[columns.findIndex(({ name }) => name === 'TableId')]);
  }

  async #recreate({ by, rows }: Extract<DataStep, { readonly do: 'recreate' }>): Promise<void> {
    const { name, shape } = this;
    const other = `${name}o`;
    const text = shape.csv(rows);
    if (by === 'drop') {
      await this.#run(`.drop table ${name}`);
      await this.#run(`.create table ${name} ${shape.schema}`);
      await this.kusto.ingest(database, name, text);
      return;
    }
    await this.#run(`.create table ${other} ${shape.schema}`);
    await this.kusto.ingest(database, other, text);
    await this.#run(`.rename tables ${name} = ${other}, ${other} = ${name}`);
    await this.#run(`.drop table ${other}`);
  }

  /** Changes of the columns. */
  async #reshape(
    step: Extract<DataStep, { readonly do: 'addColumn' | 'dropColumn' | 'retype' }>,
  ): Promise<void> {
    const add = async (column: string): Promise<void> => {
      for (const table of [this.name, this.#staging])
        await this.#run(`.alter-merge table ${table} (${column})`);
    };
    const drop = async (name: string): Promise<void> => {
      for (const table of [this.name, this.#staging]) await this.#run(`.drop column ${table}.${name}`);
    };
    switch (step.do) {
      case 'addColumn': {
        const column = this.shape.add();
        if (column !== undefined) await add(column);
        return;
      }
      case 'dropColumn': {
        const name = this.shape.drop(step.which);
        if (name !== undefined) await drop(name);
        return;
      }
      case 'retype': {
        const column = this.shape.retype(step.which);
        if (column === undefined) return;
        await drop(column.name);
        return await add(column.definition);
      }
      // no default
    }
  }

  /** Changes of whole extents, and of the service. */
  async #keep(
    step: Extract<DataStep, { readonly do: 'clear' | 'dropExtent' | 'lag' | 'retain' }>,
  ): Promise<void> {
    const table = this.name;
    switch (step.do) {
      case 'dropExtent': {
        const extents = await this.rows(
          `${table} | summarize by extent = tostring(extent_id()) | order by extent asc`,
        );
        const extent = extents[step.which % Math.max(1, extents.length)]?.['extent'] as string | undefined;
        if (extent !== undefined) await this.#run(`.drop extents (${extent}) from ${table}`);
        return;
      }
      case 'retain':
        await this.#run(`.alter-merge table ${table} policy retention softdelete = 10d`);
        await this.kusto.applyRetention(database, table);
        return;
      case 'clear':
        await this.#run(`.clear table ${table} data`);
        return;
      case 'lag':
        this.kusto.change({ cursorLagMs: step.on ? 3_600_000 : 0 });
        if (!step.on) await this.kusto.commitCursors();
        return;
      // no default
    }
  }

  /** The newest row of a key by version, then by ingestion; none where the key is unknown. */
  #newest(key: number): string {
    return `${this.name} | where ${hasKey(key)} | extend i = ingestion_time() | sort by n desc, i desc, v desc | take 1 | project-away i`;
  }

  async #stream(text: string): Promise<void> {
    const url = `${this.kusto.url}/v1/rest/ingest/${database}/${this.name}?streamFormat=Csv`;
    const response = await fetch(url, { method: 'POST', body: text });
    const answer = await response.text();
    if (response.status !== 200) throw new Error(`streaming ingestion: ${response.status} ${answer}`);
  }

  async #run(text: string): Promise<void> {
    await this.kusto.execute(database, text);
  }
}

function hasKey(key: number): string {
  const [k1, k2] = keyAt(key);
  return `k1 == ${stringLiteral(k1)} and ${k2 === null ? 'isnull(k2)' : `k2 == long(${k2})`}`;
}
