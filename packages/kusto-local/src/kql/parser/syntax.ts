/**
 * The only module that touches Microsoft's parser (npm `@kusto/language-service-next`, MIT). It exports nothing: it sets
 * globals, and `bridge` has to come first. What leaves here is {@link SyntaxNode}, plain data views over the bound tree.
 */
import '@kusto/language-service-next/bridge.min.js';
import '@kusto/language-service-next/Kusto.Language.Bridge.min.js';
import type { Column, DatabaseSchema, KustoType, TextSpan } from '../../types.ts';
import { unsupported } from '../refusal.ts';
import type {
  RawSymbol,
  RawColumn,
  RawNode,
  RawDiagnostic,
  RawGlobals,
  ParserGlobals,
} from './raw-parser.ts';

/** What the binder says a node yields. */
export type BoundType =
  | { readonly kind: 'scalar'; readonly type: KustoType }
  | { readonly kind: 'tabular'; readonly columns: readonly BoundColumn[]; readonly open: boolean }
  | { readonly kind: 'other'; readonly name: string };

export interface BoundColumn {
  readonly name: string;
  /** undefined: the binder does not know it (it depends on data). */
  readonly type: KustoType | undefined;
  /** The {@link SyntaxNode.identity} of the expression that makes this column; undefined when it is copied from elsewhere. */
  readonly source: object | undefined;
}

export interface BoundSymbol {
  readonly name: string;
  /** `Column`, `Variable`, `Parameter`, `Table`, `Function`, `Operator`, … */
  readonly kind: string;
}

export interface ParserDiagnostic {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly span: TextSpan;
}

export interface SyntaxNode {
  /** The same object for the same node, whichever way it was reached. */
  readonly identity: object;
  readonly kind: string;
  /** The source text without leading trivia. */
  readonly text: string;
  readonly span: TextSpan;
  readonly type: BoundType | undefined;
  readonly symbol: BoundSymbol | undefined;
  /** The child with this role, for example `Condition`. */
  child(role: string): SyntaxNode | undefined;
  /** The elements of a list child, separators left out. */
  list(role: string): readonly SyntaxNode[];
  /** The elements of this node when it is itself a list. */
  items(): readonly SyntaxNode[];
  /** For a call of a function that the query declares: its body, bound with this call's arguments. */
  calledBody(): SyntaxNode | undefined;
  /** What is wrong in that body; its places are in the body's own text. */
  calledDiagnostics(): readonly ParserDiagnostic[];
  /** All children, whatever their role. */
  children(): readonly SyntaxNode[];
}

export interface BoundQuery {
  readonly statements: readonly SyntaxNode[];
  readonly diagnostics: readonly ParserDiagnostic[];
}

const { Bridge, System, Kusto } = globalThis as unknown as ParserGlobals;
const language = Kusto.Language;

function* elements<T>(list: unknown): Generator<T> {
  const enumerator = Bridge.getEnumerator(list);
  while (enumerator.moveNext()) yield enumerator.Current as T;
}

function nameCache(type: unknown): (value: number) => string {
  const names = new Map<number, string>();
  return (value) => {
    let name = names.get(value);
    if (name === undefined) {
      name = System.Enum.toString(type, value);
      names.set(value, name);
    }
    return name;
  };
}
const syntaxKind = nameCache(language.Syntax.SyntaxKind);
const symbolKind = nameCache(language.Symbols.SymbolKind);

const scalarTypes: ReadonlySet<string> = new Set<KustoType>([
  'bool',
  'datetime',
  'decimal',
  'dynamic',
  'guid',
  'int',
  'long',
  'real',
  'string',
  'timespan',
]);

function scalarType(name: string): KustoType | undefined {
  return scalarTypes.has(name) ? (name as KustoType) : undefined;
}

function spanOf(node: RawNode): TextSpan {
  return { start: node.TextStart, length: Math.max(0, node.End - node.TextStart) };
}

function readDiagnostics(list: unknown): readonly ParserDiagnostic[] {
  return [...elements<RawDiagnostic>(list)].map((raw) => ({
    code: raw.Code,
    severity: raw.Severity,
    message: raw.Message,
    span: { start: raw.Start, length: raw.Length },
  }));
}

const tabularKinds: ReadonlySet<string> = new Set(['Table', 'MaterializedView', 'StoredQueryResult']);

function boundType(raw: RawSymbol | null | undefined): BoundType | undefined {
  if (raw == null) return undefined;
  if (tabularKinds.has(symbolKind(raw.Kind))) {
    const columns: BoundColumn[] = [];
    for (const column of elements<RawColumn>(raw.Columns)) {
      columns.push({
        name: column.Name,
        type: scalarType(column.Type.Name),
        source: column.Source ?? undefined,
      });
    }
    return { kind: 'tabular', columns, open: raw.IsOpen === true };
  }
  const type = scalarType(raw.Name);
  return type === undefined ? { kind: 'other', name: raw.Name } : { kind: 'scalar', type };
}

class BoundNode implements SyntaxNode {
  readonly #raw: RawNode;

  constructor(raw: RawNode) {
    this.#raw = raw;
  }

  get identity(): object {
    return this.#raw;
  }

  get kind(): string {
    return syntaxKind(this.#raw.Kind);
  }

  get text(): string {
    // The parser's text begins with the trivia before the node: spaces, and comments too.
    return this.#raw
      .toString()
      .slice(this.#raw.TextStart - this.#raw.TriviaStart)
      .trim();
  }

  get span(): TextSpan {
    return spanOf(this.#raw);
  }

  get type(): BoundType | undefined {
    return boundType(this.#raw.ResultType);
  }

  get symbol(): BoundSymbol | undefined {
    const symbol = this.#raw.ReferencedSymbol;
    return symbol == null ? undefined : { name: symbol.Name, kind: symbolKind(symbol.Kind) };
  }

  child(role: string): SyntaxNode | undefined {
    const raw = this.#rawChild(role);
    return raw === undefined ? undefined : new BoundNode(raw);
  }

  list(role: string): readonly SyntaxNode[] {
    const raw = this.#rawChild(role);
    return raw === undefined ? [] : listItems(raw);
  }

  items(): readonly SyntaxNode[] {
    return listItems(this.#raw);
  }

  calledBody(): SyntaxNode | undefined {
    const body = this.#raw.GetCalledFunctionBody?.();
    return body == null ? undefined : new BoundNode(body);
  }

  calledDiagnostics(): readonly ParserDiagnostic[] {
    const list = this.#raw.GetCalledFunctionDiagnostics?.();
    return list == null ? [] : readDiagnostics(list);
  }

  children(): readonly SyntaxNode[] {
    const children: SyntaxNode[] = [];
    for (let index = 0; index < this.#raw.ChildCount; index += 1) {
      const child = this.#raw.GetChild(index);
      if (child != null) children.push(new BoundNode(child));
    }
    return children;
  }

  #rawChild(role: string): RawNode | undefined {
    for (let index = 0; index < this.#raw.ChildCount; index += 1) {
      const child = this.#raw.GetChild(index);
      if (child != null && child.NameInParent === role) return child;
    }
    return undefined;
  }
}

function listItems(raw: RawNode): readonly SyntaxNode[] {
  const items: SyntaxNode[] = [];
  for (let index = 0; index < raw.ChildCount; index += 1) {
    const child = raw.GetChild(index);
    if (child == null) continue;
    const element = syntaxKind(child.Kind) === 'SeparatedElement' ? child.GetChild(0) : child;
    if (element != null) items.push(new BoundNode(element));
  }
  return items;
}

const builtIn: ReadonlySet<string> = new Set(
  [language.Functions.All, language.Aggregates.All].flatMap((list) =>
    [...elements<RawSymbol>(list)].map((symbol) => symbol.Name),
  ),
);

/** Whether the language itself has a function or an aggregate of this name. */
export function isBuiltIn(name: string): boolean {
  return builtIn.has(name);
}

/** A name as KQL quotes it in brackets. */
export function bracketed(name: string): string {
  return `['${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`;
}

function columnList(columns: readonly Column[]): string {
  return `(${columns.map((column) => `${bracketed(column.name)}:${column.type}`).join(', ')})`;
}

/** The parser's symbols of one version of a database: made once a version, since it costs milliseconds a table. */
export interface DatabaseSymbols {
  readonly globals: RawGlobals;
}

export function databaseSymbols(database: DatabaseSchema): DatabaseSymbols {
  const tables = database.tables.map((table) =>
    language.Symbols.TableSymbol.From(columnList(table.columns)).WithName(table.name),
  );
  const { FunctionSymbol, MaterializedViewSymbol, StoredQueryResultSymbol, TableSymbol } = language.Symbols;
  const functions = (database.functions ?? []).map(
    ({ name, parameters, body }) => new FunctionSymbol.$ctor16(name, parameters, body, ''),
  );
  const views = (database.views ?? []).map(
    ({ name, columns, query }) => new MaterializedViewSymbol.$ctor3(name, columnList(columns), query, ''),
  );
  const results = (database.storedResults ?? []).map(
    ({ name, columns }) =>
      new StoredQueryResultSymbol.$ctor1(name, TableSymbol.From(columnList(columns)).Columns),
  );
  const members = [...tables, ...functions, ...views, ...results];
  const symbol = new language.Symbols.DatabaseSymbol.ctor(database.name, members);
  return { globals: language.GlobalState.Default.WithDatabase(symbol) };
}

function analysed(text: string, globals: RawGlobals): { Syntax: RawNode; GetDiagnostics(): unknown } {
  try {
    return language.KustoCode.ParseAndAnalyze(text, globals);
  } catch (error) {
    // A text that nests too deep is told as such by the compiler.
    if (error instanceof RangeError) throw error;
    // Graph operators over what is no graph, for example: the parser breaks where it should complain, and says no place.
    throw unsupported('a text that the parser cannot analyse', { start: 0, length: 0 });
  }
}

/** Parses and binds a query. The text's size and nesting must have been checked before: the parser is not made for hostile input. */
export function parseQuery(text: string, symbols: DatabaseSymbols): BoundQuery {
  const code = analysed(text, symbols.globals);
  const root = new BoundNode(code.Syntax);
  return { statements: root.list('Statements'), diagnostics: readDiagnostics(code.GetDiagnostics()) };
}
