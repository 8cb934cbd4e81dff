import type { DatabaseSchema } from '../../types.ts';
import { invalid, unsupported } from '../refusal.ts';
import type { SyntaxNode } from './syntax.ts';
import { bracketed, isBuiltIn, parseQuery, type DatabaseSymbols } from './syntax.ts';

/** What the conversion needs to know of a database's stored functions. */
export interface StoredObjects {
  /** Whether a node calls a stored function of this name, rather than a built-in one. */
  calls(node: SyntaxNode, name: string): boolean;
  /** The function's declaration, for its parameters and their defaults. */
  declaration(name: string): SyntaxNode | undefined;
}

/** The functions of one version of a database; declarations are parsed when they are first asked for. */
export class DatabaseObjects implements StoredObjects {
  readonly #symbols: DatabaseSymbols;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #declarations = new Map<string, SyntaxNode>();

  constructor(database: DatabaseSchema, symbols: DatabaseSymbols) {
    this.#symbols = symbols;
    this.#texts = new Map(
      (database.functions ?? []).map(({ name, parameters, body }) => [name, `${parameters} ${body}`]),
    );
  }

  calls(node: SyntaxNode, name: string): boolean {
    return node.symbol?.kind === 'Function' && this.#texts.has(name) && node.calledBody() !== undefined;
  }

  declaration(name: string): SyntaxNode | undefined {
    const known = this.#declarations.get(name);
    const text = this.#texts.get(name);
    if (known !== undefined || text === undefined) return known;
    const { statements } = parseQuery(`let ${bracketed(name)} = ${text}; print 1`, this.#symbols);
    const declaration = statements[0]?.child('Expression');
    if (declaration !== undefined) this.#declarations.set(name, declaration);
    return declaration;
  }

  /** @throws QueryError when the function has a built-in one's name, or calls itself, directly or through others */
  check(name: string, place: { readonly start: number; readonly length: number }): void {
    if (isBuiltIn(name)) throw invalid(`'${name}' is the name of a built-in function`, place);
    const path: string[] = [];
    const done = new Set<string>();
    const visit = (current: string): void => {
      if (path.includes(current)) {
        throw invalid(
          `the function '${name}' calls itself (${[...path, current].join(' → ')}), and functions cannot be recursive`,
          place,
        );
      }
      if (done.has(current)) return;
      path.push(current);
      for (const called of this.#called(current)) visit(called);
      path.pop();
      done.add(current);
    };
    visit(name);
  }

  #called(name: string): ReadonlySet<string> {
    const found = new Set<string>();
    const open: SyntaxNode[] = [];
    const body = this.declaration(name)?.child('Body');
    if (body !== undefined) open.push(body);
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const symbol = node.kind === 'NameReference' ? node.symbol : undefined;
      if (symbol?.kind === 'Function' && this.#texts.has(symbol.name)) found.add(symbol.name);
      open.push(...node.children());
    }
    return found;
  }
}

/** The argument of materialized_view() or stored_query_result(): the object's name. */
export function objectName(node: SyntaxNode, literal: unknown): string {
  if (typeof literal === 'string') return literal;
  throw unsupported(`${node.symbol?.name ?? 'this function'}() with a name that is not a literal`, node.span);
}
