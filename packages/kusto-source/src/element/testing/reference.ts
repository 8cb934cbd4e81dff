/** The slow and obvious encoder that the fast one is compared with: parsed values, JavaScript strings, BigInt. */
import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../../config/entity-config.ts';
import { elementId, idInEntity } from '../element-id.ts';

/** A number by its token, so that no comparison rounds it. */
export interface NumberToken {
  readonly number: string;
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** JSON.parse without loss: numbers as {@link NumberToken}, strings and names well-formed. */
export function parseExactly(text: string): unknown {
  const revive: Reviver = (_key, value, { source }) => {
    if (typeof value === 'number') return { number: source };
    if (typeof value === 'string') return value.toWellFormed();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toWellFormed(), member]));
  };
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}

export function nesting(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(nesting));
}

function textOf(token: string): string {
  return token.startsWith('"') ? (JSON.parse(token) as string) : token;
}

function realToken(token: string): string {
  return /[.eE]/.test(token) ? token : `${token}.0`;
}

/** What the property of a cell parses to. */
export function expectedValue(token: string, type: KustoType): unknown {
  if (token === 'null') return null;
  switch (type) {
    case 'long':
    case 'int':
      return { number: BigInt(textOf(token)).toString() };
    case 'real':
      return token.startsWith('"') ? null : { number: realToken(token) };
    case 'bool':
      return token === 'true' || token === '1';
    case 'dynamic':
      return expectedDynamic(token);
    default:
      return textOf(token).toWellFormed();
  }
}

function expectedDynamic(token: string): unknown {
  const text = textOf(token);
  try {
    const value: unknown = JSON.parse(text);
    if (token.startsWith('"') && (typeof value !== 'object' || value === null)) return text.toWellFormed();
    return nesting(value) > 99 ? text.toWellFormed() : parseExactly(text);
  } catch {
    return text.toWellFormed();
  }
}

/** The text of a key cell that its id is made of. */
export function keyText(token: string, type: KustoType): string | null {
  if (token === 'null') return null;
  if (type === 'real') return token.startsWith('"') ? textOf(token) : realToken(token);
  if (type === 'bool') return String(token === 'true' || token === '1');
  if (type === 'long' || type === 'int') return BigInt(textOf(token)).toString();
  return textOf(token);
}

export type Shape = Pick<EntityConfig, 'ends' | 'properties'>;

/** What the line of a row parses to. Undefined: a dangling relation, which has none. */
export function expectedElement(
  label: string,
  key: readonly string[],
  columns: readonly KustoColumn[],
  tokens: readonly string[],
  { ends, properties }: Shape = {},
): unknown {
  const cell = (name: string): { token: string; type: KustoType } => {
    const ordinal = columns.findIndex((column) => column.name === name);
    return { token: tokens[ordinal] as string, type: (columns[ordinal] as KustoColumn).type };
  };
  const texts = (names: readonly string[]): (string | null)[] =>
    names.map((name) => keyText(cell(name).token, cell(name).type));
  const named = properties ?? columns.map(({ name }) => ({ name, column: name }));
  const entries = named.map(({ name, column }) => [
    name.toWellFormed(),
    expectedValue(cell(column).token, cell(column).type),
  ]);
  const isMissing = (name: string): boolean => ['null', '""'].includes(cell(name).token);
  if (ends !== undefined && [...ends.start.key, ...ends.end.key].some(isMissing)) return undefined;
  return {
    id: idInEntity({ kind: ends === undefined ? 'node' : 'relation', label }, texts(key)),
    labels: [label.toWellFormed()],
    ...(ends === undefined
      ? {}
      : {
          startId: elementId(ends.start.label, texts(ends.start.key)),
          endId: elementId(ends.end.label, texts(ends.end.key)),
        }),
    properties: Object.fromEntries(entries),
  };
}
