/** For tests: compiles KQL and runs it on an in-memory DuckDB with small tables that have the hidden columns. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { registerNativeFunctions } from '../../engine/native/native-functions.ts';
import { nativeFunctions } from '../../engine/native/registry.ts';
import type {
  Compilation,
  CompileRequest,
  DatabaseSchema,
  DiscoveredColumns,
  KustoType,
  TableSchema,
} from '../../types.ts';
import { QueryCompiler } from '../compile.ts';
import { datetimeText } from '../parser/literals/datetime-text.ts';
import { timespanText } from '../parser/literals/literals.ts';
import { parseDatetime } from '../parser/literals/times.ts';
import { sqlPrelude } from '../sql/prelude.ts';
import { duckTypes, quoteIdentifier } from '../sql/value.ts';

/** One cell as text: `null`, `true`, `5`, `1.5`, `'text'`, `2020-01-01T00:00:00.0000000Z`, `1.02:03:04`, JSON. */
export function cellText(cell: DuckDBValue | undefined, type: KustoType): string {
  if (cell === null || cell === undefined) return 'null';
  const text = cell.toString();
  switch (type) {
    case 'datetime':
      return datetimeText(BigInt(text));
    case 'timespan':
      return timespanText(BigInt(text));
    case 'string':
      return `'${text}'`;
    default:
      return text;
  }
}

export interface Answer {
  readonly columns: readonly string[];
  /** One text a row, cells joined by ` | `. */
  readonly rows: readonly string[];
  readonly compilation: Compilation;
}

export interface RunOptions {
  readonly parameters?: CompileRequest['parameters'];
  readonly cursor?: string;
}

/** What now() gives in tests. */
const testNow = parseDatetime('2024-05-06T07:08:09.1234567Z') ?? 0n;

export interface TestTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  /** SQL tuples of the columns and then of $seq, $ingested and $extent. */
  readonly rows: readonly string[];
}

export type Objects = Pick<DatabaseSchema, 'functions' | 'storedResults' | 'views'>;

export class Harness {
  readonly #compiler = new QueryCompiler();
  readonly #tables: readonly TestTable[];
  #connection: DuckDBConnection | undefined;
  readonly database: DatabaseSchema;

  /** It compiles at once, and runs queries after `open`. */
  constructor(tables: readonly TestTable[], objects: Objects = {}) {
    this.#tables = tables;
    this.database = {
      name: 'db',
      version: 1,
      tables: tables.map(({ name, columns }): TableSchema => ({
        name,
        columns,
        relation: quoteIdentifier(name),
      })),
      ...objects,
    };
  }

  async open(): Promise<void> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    registerNativeFunctions(connection, nativeFunctions);
    for (const statement of sqlPrelude) await connection.run(statement);
    for (const table of this.#tables) {
      const relation = quoteIdentifier(table.name);
      const columns = table.columns.map(
        (column) => `${quoteIdentifier(column.name)} ${duckTypes[column.type]}`,
      );
      await connection.run(
        `CREATE TABLE ${relation} (${[...columns, '"$seq" BIGINT', '"$ingested" BIGINT', '"$extent" VARCHAR'].join(', ')})`,
      );
      if (table.rows.length > 0)
        await connection.run(`INSERT INTO ${relation} VALUES ${table.rows.join(', ')}`);
    }
    this.#connection = connection;
  }

  get connection(): DuckDBConnection {
    if (this.#connection === undefined) throw new Error('the harness is not open');
    return this.#connection;
  }

  /** What is compiled first: a query whose columns depend on the data has a discovery, and no results. */
  compile(
    text: string,
    parameters: CompileRequest['parameters'] = {},
    discovered: readonly DiscoveredColumns[] = [],
  ): Compilation {
    return this.#compiler.compile({ text, parameters, database: this.database, discovered });
  }

  async #complete(text: string, options: RunOptions): Promise<Compilation> {
    const discovered: DiscoveredColumns[] = [];
    for (;;) {
      const compilation = this.compile(text, options.parameters, discovered);
      const { discovery } = compilation;
      if (discovery === undefined) return compilation;
      const reader = await this.connection.runAndReadAll(
        discovery.sql,
        this.#bindings(discovery.sql, options),
      );
      const columns = reader
        .getRows()
        .map(([name, type]) => ({ name: String(name), type: String(type) as KustoType }));
      discovered.push({ discovery, columns });
    }
  }

  #bindings(sql: string, options: RunOptions): Record<string, bigint | string> {
    return {
      ...(/\$now\b/.test(sql) ? { now: testNow } : {}),
      ...(/\$cursor\b/.test(sql) ? { cursor: options.cursor ?? '500' } : {}),
    };
  }

  async runAll(text: string, options: RunOptions = {}): Promise<readonly Answer[]> {
    const compilation = await this.#complete(text, options);
    const answers: Answer[] = [];
    for (const result of compilation.results) {
      const reader = await this.connection.runAndReadAll(result.sql, {
        ...(compilation.usesNow ? { now: testNow } : {}),
        ...(compilation.usesCursor ? { cursor: options.cursor ?? '500' } : {}),
      });
      answers.push({
        columns: result.columns.map((column) => `${column.name}:${column.type}`),
        rows: reader
          .getRows()
          .map((row) =>
            row.map((cell, index) => cellText(cell, result.columns[index]?.type ?? 'string')).join(' | '),
          ),
        compilation,
      });
    }
    return answers;
  }

  async run(text: string, options: RunOptions = {}): Promise<Answer> {
    const answers = await this.runAll(text, options);
    const [answer] = answers;
    if (answer === undefined || answers.length !== 1) throw new Error(`${answers.length} results`);
    return answer;
  }

  /** The value of one scalar expression. */
  async value(expression: string): Promise<string> {
    const answer = await this.run(`print v = ${expression}`);
    return answer.rows[0] ?? '(no row)';
  }

  close(): void {
    this.#connection?.closeSync();
  }
}

export async function createHarness(tables: readonly TestTable[], objects: Objects = {}): Promise<Harness> {
  const harness = new Harness(tables, objects);
  await harness.open();
  return harness;
}

const extent = "'11111111-1111-1111-1111-111111111111'";

/** Ticks of 2007-01-01. */
const start = 633032064000000000n;

/** A materialized view over {@link stormEvents}, V, and a stored query result, R. */
export const stormObjects: Objects = {
  views: [
    {
      name: 'V',
      columns: [
        { name: 'State', type: 'string' },
        { name: 'Events', type: 'long' },
      ],
      query: 'StormEvents | summarize Events = count() by State',
      source: 'StormEvents',
      relation: '(SELECT * FROM "StormEvents" WHERE "$seq" > 100)',
    },
  ],
  storedResults: [
    { name: 'R', columns: [{ name: 'x', type: 'long' }], relation: '(SELECT CAST(5 AS BIGINT) AS c0)' },
  ],
};

/** A little of the well-known table: ids repeat, some values are null, one row has no cursor value yet. */
export const stormEvents: TestTable = {
  name: 'StormEvents',
  columns: [
    { name: 'EventId', type: 'int' },
    { name: 'State', type: 'string' },
    { name: 'StartTime', type: 'datetime' },
    { name: 'Damage', type: 'long' },
    { name: 'Ratio', type: 'real' },
    { name: 'Details', type: 'dynamic' },
    { name: 'StormSummary', type: 'string' },
    { name: 'EventNarrative', type: 'string' },
  ],
  rows: [
    `(1, 'NEW YORK', ${start}, 10, 1.5, '{"a":{"b":1},"l":[1,2,"x"]}', 's1', 'n1', 100, 638000000000000000, ${extent})`,
    `(2, 'NEW YORK', ${start + 36000000000n}, 20, 2.5, NULL, 's2', 'n2', 101, 638000000000000001, ${extent})`,
    `(1, 'NEW YORK', ${start + 864000000000n}, 30, 'nan', '{"a":null}', 's3', 'n3', 150, 638000000000000002, ${extent})`,
    `(3, 'TEXAS', ${start}, NULL, NULL, '[1]', 's4', 'n4', 200, 638000000000000003, ${extent})`,
    `(4, 'TEXAS', ${start}, 5, '-inf', '"t"', 's5', 'n5', 201, 638000000000000004, ${extent})`,
    `(5, '', NULL, -7, 0.0, '5', 's6', 'n6', NULL, NULL, ${extent})`,
  ],
};
