import { createHash, timingSafeEqual } from 'node:crypto';
import { KustoServiceError } from '../errors.ts';

/** The bearer tokens an endpoint takes; without both it takes every request. */
export interface TokenOptions {
  /** May do everything. */
  readonly token?: string;
  /** May query and show, and change nothing. */
  readonly readOnlyToken?: string;
}

export type Access = 'all' | 'read';

/** Tells from the Authorization header what a request may do. */
export class Tokens {
  readonly #digests: readonly (readonly [digest: Buffer, access: Access])[];

  constructor({ token, readOnlyToken }: TokenOptions) {
    this.#digests = [
      ...(token === undefined ? [] : [[digest(token), 'all'] as const]),
      ...(readOnlyToken === undefined ? [] : [[digest(readOnlyToken), 'read'] as const]),
    ];
  }

  /** @throws KustoServiceError 401 */
  access(authorization: string | undefined): Access {
    if (this.#digests.length === 0) return 'all';
    const given = digest(/^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
    const found = this.#digests.find(([known]) => timingSafeEqual(known, given));
    if (found !== undefined) return found[1];
    throw new KustoServiceError({
      message: 'The request needs a bearer token that this endpoint knows.',
      status: 401,
      code: 'Unauthorized',
      type: 'Kusto.Data.Exceptions.KustoRequestException',
    });
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
