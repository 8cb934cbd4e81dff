/** What the parser knows: the names and parameters of its functions. For tests; queries go through `src/kql/parser/syntax.ts`. */
import '@kusto/language-service-next/bridge.min.js';
import '@kusto/language-service-next/Kusto.Language.Bridge.min.js';

interface RawParameter {
  readonly TypeKind: number;
  readonly DeclaredTypes: unknown;
  readonly MinOccurring: number;
  readonly Values: unknown;
}
interface RawFunction {
  readonly Name: string;
  readonly IsHidden: boolean;
  readonly Signatures: unknown;
}
interface RawSignature {
  readonly MinArgumentCount: number;
  readonly Parameters: unknown;
}
interface Tables {
  readonly Bridge: { getEnumerator(list: unknown): { moveNext(): boolean; readonly Current: unknown } };
  readonly System: { readonly Enum: { toString(type: unknown, value: number): string } };
  readonly Kusto: {
    readonly Language: {
      readonly Functions: { readonly All: unknown };
      readonly Aggregates: { readonly All: unknown };
      readonly PlugIns: { readonly All: unknown };
      readonly Symbols: { readonly ParameterTypeKind: unknown };
    };
  };
}

const { Bridge, System, Kusto } = globalThis as unknown as Tables;

function list(raw: unknown): readonly unknown[] {
  if (raw == null) return [];
  const items: unknown[] = [];
  const enumerator = Bridge.getEnumerator(raw);
  while (enumerator.moveNext()) items.push(enumerator.Current);
  return items;
}

export interface KnownParameter {
  /** `Declared`, `Scalar`, `Number`, `DynamicArray`, … */
  readonly kind: string;
  readonly types: readonly string[];
  /** The only values it takes, when they are listed. */
  readonly values: readonly string[];
}

export interface KnownFunction {
  readonly name: string;
  /** Hidden or internal: an old name, or not for queries of users. */
  readonly hidden: boolean;
  /** For each signature, as many parameters as a call must have. */
  readonly signatures: readonly (readonly KnownParameter[])[];
}

function parameters(signature: RawSignature): readonly KnownParameter[] {
  const declared = list(signature.Parameters) as readonly RawParameter[];
  const required = declared.flatMap((raw) => {
    const parameter = {
      kind: System.Enum.toString(Kusto.Language.Symbols.ParameterTypeKind, raw.TypeKind),
      types: (list(raw.DeclaredTypes) as readonly { readonly Name: string }[]).map((type) => type.Name),
      values: list(raw.Values).map(String),
    };
    return Array.from({ length: Math.max(raw.MinOccurring, 0) }, () => parameter);
  });
  return required.slice(0, Math.max(signature.MinArgumentCount, 0));
}

function known(raw: unknown): readonly KnownFunction[] {
  return (list(raw) as readonly RawFunction[]).map((one) => ({
    name: one.Name,
    hidden: one.IsHidden || one.Name.startsWith('__'),
    signatures: (list(one.Signatures) as readonly RawSignature[]).map(parameters),
  }));
}

export const parserFunctions: readonly KnownFunction[] = known(Kusto.Language.Functions.All);
export const parserAggregates: readonly KnownFunction[] = known(Kusto.Language.Aggregates.All);
export const parserPlugins: readonly KnownFunction[] = known(Kusto.Language.PlugIns.All);
