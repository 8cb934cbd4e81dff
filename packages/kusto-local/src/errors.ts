import type { TextSpan } from './types.ts';

/**
 * An error as Kusto's REST interface reports it (its `response-http` page): an HTTP status, a OneApi error code, and
 * `@permanent` to say whether a retry can help.
 */
export class KustoServiceError extends Error {
  override readonly name = 'KustoServiceError';
  readonly status: number;
  /** For example `General_BadRequest`, `BadRequest_TableNotExist`. */
  readonly code: string;
  /** The .NET exception name that clients see as `@type`. */
  readonly type: string;
  readonly permanent: boolean;
  /** The inner code, for example `SEM0100` or `SYN0002`. */
  readonly innerCode: string | undefined;
  readonly span: TextSpan | undefined;

  constructor(options: {
    message: string;
    status?: number;
    code?: string;
    type?: string;
    permanent?: boolean;
    innerCode?: string;
    span?: TextSpan;
    cause?: unknown;
  }) {
    super(options.message, { cause: options.cause });
    this.status = options.status ?? 400;
    this.code = options.code ?? 'General_BadRequest';
    this.type = options.type ?? 'Kusto.Data.Exceptions.KustoBadRequestException';
    this.permanent = options.permanent ?? true;
    this.innerCode = options.innerCode;
    this.span = options.span;
  }
}
