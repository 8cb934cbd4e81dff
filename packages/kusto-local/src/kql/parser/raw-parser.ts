/** The shapes of what the parser's globals give, as far as they are used. */

export interface RawList<T> {
  readonly Count: number;
  getItem?(index: number): T;
}
export interface RawSymbol {
  readonly Name: string;
  readonly Kind: number;
  readonly Columns?: RawList<RawColumn>;
  readonly IsOpen?: boolean;
}
export interface RawColumn extends RawSymbol {
  readonly Type: RawSymbol;
  readonly Source: RawNode | null;
}
export interface RawNode {
  readonly Kind: number;
  readonly ChildCount: number;
  readonly TriviaStart: number;
  readonly TextStart: number;
  readonly End: number;
  readonly NameInParent: string | null;
  readonly ResultType?: RawSymbol | null;
  readonly ReferencedSymbol?: RawSymbol | null;
  GetChild(index: number): RawNode | null;
  GetCalledFunctionBody?(): RawNode | null;
  GetCalledFunctionDiagnostics?(): unknown;
  toString(): string;
}
export interface RawDiagnostic {
  readonly Code: string;
  readonly Severity: string;
  readonly Message: string;
  readonly Start: number;
  readonly Length: number;
}
export interface RawGlobals {
  WithDatabase(database: object): RawGlobals;
}
export interface ParserGlobals {
  readonly Bridge: {
    getEnumerator(list: unknown): { moveNext(): boolean; readonly Current: unknown };
  };
  readonly System: { readonly Enum: { toString(type: unknown, value: number): string } };
  readonly Kusto: {
    readonly Language: {
      readonly GlobalState: { readonly Default: RawGlobals };
      readonly Functions: { readonly All: unknown };
      readonly Aggregates: { readonly All: unknown };
      readonly KustoCode: {
        ParseAndAnalyze(text: string, globals: RawGlobals): { Syntax: RawNode; GetDiagnostics(): unknown };
      };
      readonly Symbols: {
        readonly SymbolKind: unknown;
        readonly TableSymbol: {
          From(schema: string): { readonly Columns: object; WithName(name: string): object };
        };
        readonly FunctionSymbol: {
          /** Name, parameters with brackets, body with braces, description. */
          readonly $ctor16: new (
            name: string,
            parameters: string,
            body: string,
            description: string,
          ) => object;
        };
        readonly MaterializedViewSymbol: {
          readonly $ctor3: new (name: string, columns: string, query: string, description: string) => object;
        };
        readonly StoredQueryResultSymbol: { readonly $ctor1: new (name: string, columns: object) => object };
        readonly DatabaseSymbol: { readonly ctor: new (name: string, members: readonly object[]) => object };
      };
      readonly Syntax: { readonly SyntaxKind: unknown };
    };
  };
}
