import { KustoServiceError } from '../errors.ts';
import type { TextSpan } from '../types.ts';

/** `line:position`, both from 1, of a place in a text. */
function linePosition(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - (before.lastIndexOf('\n') + 1) + 1}`;
}

/** A failure at a place of the text; {@link place} turns it into the service's error once the text is at hand. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly innerCode: string;
  readonly span: TextSpan;
  /** The service's code, where it is not the general one. */
  readonly code: string | undefined;

  constructor(innerCode: string, message: string, span: TextSpan, code?: string) {
    super(message);
    this.innerCode = innerCode;
    this.span = span;
    this.code = code;
  }
}

/** SEM0001: valid KQL that this endpoint does not execute. */
export function unsupported(what: string, span: TextSpan): QueryError {
  return new QueryError('SEM0001', `${what} is not supported by this endpoint`, span);
}

/** SEM0100: the query means nothing: a wrong name, a wrong type, a wrong argument. */
export function invalid(message: string, span: TextSpan): QueryError {
  return new QueryError('SEM0100', message, span);
}

/** Says an error inside of a stored definition at the place where it is used: its own places are not the query's. */
export function within<T>(what: string, span: TextSpan, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new QueryError(error.innerCode, `in ${what}: ${error.message}`, span);
  }
}

/** As {@link within}, for the body of a call when it is a stored function's. */
export function inBody<T>(
  call: { readonly name: string; readonly stored?: true; readonly span: TextSpan },
  work: () => T,
): T {
  return call.stored === true ? within(`the function '${call.name}'`, call.span, work) : work();
}

/** The error the service answers with; `line:position` leads to the place in the text. */
export function serviceError(error: QueryError, text: string): KustoServiceError {
  const family = error.innerCode.startsWith('SYN') ? 'Syntax error' : 'Semantic error';
  return new KustoServiceError({
    message: `${family}: ${error.innerCode}: ${error.message}. [line:position=${linePosition(text, error.span.start)}]`,
    type: error.innerCode.startsWith('SYN')
      ? 'Kusto.Data.Exceptions.SyntaxException'
      : 'Kusto.Data.Exceptions.SemanticException',
    innerCode: error.innerCode,
    ...(error.code === undefined ? {} : { code: error.code }),
    span: error.span,
  });
}
