/**
 * Scalar functions that DuckDB calls in JavaScript, for what its SQL cannot do well. They run on the thread that registered
 * them, a chunk of rows at a call; DuckDB's own threads wait meanwhile. Prefer a macro of SQL where one is right and fast.
 */
import type { DuckDBConnection, DuckDBType, DuckDBVector } from '@duckdb/node-api';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBBlobVector,
  DuckDBScalarFunction,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';

const types = {
  /** Uint8Array: to be read before the function returns, never kept. */
  blob: BLOB,
  /** boolean */
  bool: BOOLEAN,
  /** number */
  int: INTEGER,
  /** bigint */
  long: BIGINT,
  /** number */
  real: DOUBLE,
  /** string. A dynamic goes in and out as JSON text: cast it. */
  text: VARCHAR,
} as const satisfies Record<string, DuckDBType>;

export type NativeType = keyof typeof types;

export type NativeValue = bigint | boolean | number | string | Uint8Array;

export interface NativeFunction {
  /** The name in SQL; `kql_…`, as the macros'. */
  readonly name: string;
  readonly parameters: readonly NativeType[];
  readonly result: NativeType;
  /** Called for null arguments too, as null. Without it, a null argument makes a null result. */
  readonly takesNulls?: boolean;
  /** Called for every row, even when all its arguments are constants. */
  readonly volatile?: boolean;
  /**
   * One row's value, of the result's type; null is NULL. An error it throws fails the query with its message: it is read by the
   * user, so it speaks KQL.
   */
  readonly evaluate: (...args: readonly (NativeValue | null)[]) => NativeValue | null;
}

function reader(vector: DuckDBVector): (row: number) => NativeValue | null {
  if (vector instanceof DuckDBBlobVector) return (row) => vector.getItemBytes(row);
  return (row) => vector.getItem(row) as NativeValue | null;
}

/** Makes the functions known to all connections of the database. Run before the statements that name them. */
export function registerNativeFunctions(
  connection: DuckDBConnection,
  functions: readonly NativeFunction[],
): void {
  for (const definition of functions) {
    const { evaluate, takesNulls = false } = definition;
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name: definition.name,
        parameterTypes: definition.parameters.map((type) => types[type]),
        returnType: types[definition.result],
        // DuckDB's own handling of nulls covers constants only: the rows of a column are checked below in any case.
        specialHandling: takesNulls,
        volatile: definition.volatile ?? false,
        mainFunction: (info, input, output) => {
          try {
            const columns = Array.from({ length: input.columnCount }, (_unused, index) =>
              reader(input.getColumnVector(index)),
            );
            const { rowCount } = input;
            for (let row = 0; row < rowCount; row += 1) {
              const args = columns.map((read) => read(row));
              const result = !takesNulls && args.includes(null) ? null : evaluate(...args);
              output.setItem(row, result instanceof Uint8Array ? new DuckDBBlobValue(result) : result);
            }
            output.flush();
          } catch (error) {
            info.setError(error instanceof Error ? error.message : String(error));
          }
        },
      }),
    );
  }
}
