import { modelKeys, type ModelRow } from './step.ts';

/** What changes with the columns: the others are the model's own. */
const types = ['real', 'datetime', 'decimal', 'dynamic', 'long', 'string', 'bool'] as const;
type ExtraType = (typeof types)[number];

/** Columns that the model and the engine's queries need. */
const own = ['k1: string', 'k2: long', 'v: long', 'n: long', 'state: string'] as const;
const mostExtra = 8;

interface Extra {
  readonly name: string;
  readonly type: ExtraType;
  /** Those that it had. */
  readonly had: ReadonlySet<ExtraType>;
}

/**
 * The columns of a plan's table. None comes back with a type that it had: when it does so between two answers, nobody sees
 * it (rule R20, what is not seen).
 */
export class ModelColumns {
  /** Names that came, went or changed: an element may lack one of these where another has null. */
  readonly changed = new Set<string>();
  #extra: readonly Extra[] = [
    extra('r', 'real'),
    extra('t', 'datetime'),
    extra('m', 'decimal'),
    extra('x', 'dynamic'),
  ];
  #added = 0;

  /** With parentheses. */
  get schema(): string {
    return `(${[...own, ...this.#extra.map(definition)].join(', ')})`;
  }

  /** @returns `name: type`; undefined when there are enough */
  add(): string | undefined {
    if (this.#extra.length >= mostExtra) return undefined;
    this.#added += 1;
    const column = extra(`a${this.#added}`, types[this.#added % types.length] ?? 'long');
    this.#take([...this.#extra, column], column.name);
    return definition(column);
  }

  /** @returns the name; undefined when there is none */
  drop(which: number): string | undefined {
    const column = this.#extra[which % Math.max(1, this.#extra.length)];
    if (column === undefined) return undefined;
    this.#take(
      this.#extra.filter((other) => other !== column),
      column.name,
    );
    return column.name;
  }

  /** A column is dropped, and another one takes its name. @returns its name and its definition; undefined when there is none */
  retype(which: number): { readonly name: string; readonly definition: string } | undefined {
    const column = this.#extra[which % Math.max(1, this.#extra.length)];
    const type = types.find((one) => column?.had.has(one) === false);
    if (column === undefined || type === undefined) return undefined;
    const { name, had } = column;
    const next = { name, type, had: new Set([...had, type]) };
    this.#take([...this.#extra.filter((other) => other !== column), next], name);
    return { name, definition: definition(next) };
  }

  /** Rows as CSV; the columns beside the model's own have values at the edges of their types, and nulls. */
  csv(rows: readonly ModelRow[]): string {
    return rows
      .map(({ key, v, n, state }) => {
        const [k1, k2] = keyAt(key);
        const fields = [
          k1,
          k2?.toString() ?? '',
          String(v),
          String(n),
          state,
          ...this.#extra.map(({ type }) => values[type](v)),
        ];
        return `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\n`;
      })
      .join('');
  }

  #take(columns: readonly Extra[], changed: string): void {
    this.#extra = columns;
    this.changed.add(changed);
  }
}

const values: Readonly<Record<ExtraType, (v: number) => string>> = {
  real: (v) => (v % 5 === 0 ? '' : v % 7 === 0 ? 'nan' : String(v / 4)),
  datetime: (v) => (v % 4 === 0 ? '' : new Date(Date.UTC(2026, 0, 1) + v).toISOString()),
  decimal: (v) => (v % 3 === 0 ? '' : `${v}.0000001`),
  dynamic: (v) => (v % 3 === 1 ? '' : JSON.stringify({ of: [v, null, 'ü', { deep: true }] })),
  long: (v) => (v % 4 === 1 ? '' : `9007199254740${v + 993}`),
  string: (v) => (v % 4 === 2 ? '' : `"ü" ${v}`),
  bool: (v) => (v % 3 === 2 ? '' : String(v % 2 === 0)),
};

/** The keys of a bulk come behind the odd ones. */
export function keyAt(key: number): readonly [string, bigint | null] {
  return modelKeys[key] ?? [`bulk ${key}`, BigInt(key)];
}

export function bulkRows(from: number, count: number): readonly ModelRow[] {
  return Array.from({ length: count }, (_, index) => ({
    key: modelKeys.length + from + index,
    v: from + index,
    n: 0,
    state: 'open',
  }));
}

function extra(name: string, type: ExtraType): Extra {
  return { name, type, had: new Set([type]) };
}

function definition({ name, type }: Extra): string {
  return `${name}: ${type}`;
}
