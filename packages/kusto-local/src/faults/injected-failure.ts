import { KustoServiceError } from '../errors.ts';

/** A failure that a fault rule asks for, so that nobody takes it for a defect. */
export class InjectedFailure extends KustoServiceError {
  constructor(status: number) {
    const [code, type] = kinds.get(status) ?? otherwise(status);
    super({
      message: `A fault rule of this endpoint asks for this failure (${status}).`,
      status,
      code,
      type: `Kusto.Data.Exceptions.${type}`,
      permanent: status < 500 && status !== 429,
    });
  }
}

const kinds: ReadonlyMap<number, readonly [code: string, type: string]> = new Map([
  [403, ['Forbidden', 'KustoRequestDeniedException']],
  [404, ['NotFound', 'KustoRequestException']],
  [409, ['Conflict', 'KustoConflictException']],
  [413, ['Payload too large', 'KustoRequestPayloadTooLargeException']],
  [429, ['TooManyRequests', 'QueryThrottledException']],
  [504, ['RequestExecutionTimeout', 'KustoServiceTimeoutException']],
] as const);

function otherwise(status: number): readonly [code: string, type: string] {
  return status < 500
    ? ['General_BadRequest', 'KustoBadRequestException']
    : ['Internal service error', 'KustoServiceException'];
}
