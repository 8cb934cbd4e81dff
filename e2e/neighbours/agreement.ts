import type { Row } from '../../packages/kusto-source/src/quickstart/exact-json.ts';
import type { Kusto } from './kusto.ts';

/** A continuous query and the KQL that says what its result has to be: same column names, rows in any order. */
export interface Agreement {
  readonly id: string;
  readonly cypher: string;
  readonly kql: string;
}

export const database = 'NetDefaultDB';

/** Rows as sorted lines of text, one value written one way whichever of the two it is from. */
export function canonical(rows: readonly Row[]): string[] {
  return rows
    .map((row) =>
      Object.keys(row)
        .sort()
        .map((name) => `${name}=${plain(row[name])}`)
        .join(' '),
    )
    .sort();
}

/** One text for a value, whichever number type it has. */
export function plain(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(BigInt(value)) : String(value);
  return JSON.stringify(value);
}

export async function kustoRows(kusto: Kusto, kql: string): Promise<readonly Row[]> {
  const { columns, rows } = await kusto.execute(database, kql);
  return rows.map(
    (cells) => Object.fromEntries(columns.map(({ name }, index) => [name, cells[index]])) as Row,
  );
}

/** How two results differ, shortly; undefined when they do not. */
export function difference(drasi: readonly Row[], kusto: readonly Row[]): string | undefined {
  const [left, right] = [canonical(drasi), canonical(kusto)];
  const count = (lines: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  };
  const [inDrasi, inKusto] = [count(left), count(right)];
  const onlyDrasi = left.filter((line) => (inKusto.get(line) ?? 0) < (inDrasi.get(line) ?? 0));
  const onlyKusto = right.filter((line) => (inDrasi.get(line) ?? 0) < (inKusto.get(line) ?? 0));
  if (onlyDrasi.length === 0 && onlyKusto.length === 0) return undefined;
  const some = (lines: readonly string[]): string => {
    const shown = lines.slice(0, 5).map((line) => `  ${line}\n`);
    return `${lines.length}\n${shown.join('')}`;
  };
  return `rows that only the engine has: ${some(onlyDrasi)}rows that only Kusto has: ${some(onlyKusto)}`;
}
