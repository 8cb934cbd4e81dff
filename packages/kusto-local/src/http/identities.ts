import type { FastifyRequest } from 'fastify';
import type { Caller } from '../endpoint/request-log.ts';
import type { RequestIdentity } from './error-body.ts';

/** Gives every request its identity. */
export class Identities {
  readonly #now: () => number;
  readonly #uuid: () => string;
  readonly #identities = new WeakMap<FastifyRequest, RequestIdentity>();

  constructor(now: () => number, uuid: () => string) {
    this.#now = now;
    this.#uuid = uuid;
  }

  begin(request: FastifyRequest): RequestIdentity {
    const sent = request.headers['x-ms-client-request-id'];
    const identity = {
      clientRequestId: typeof sent === 'string' && sent !== '' ? sent : `unspecified;${this.#uuid()}`,
      activityId: this.#uuid(),
      time: this.#now(),
    };
    this.#identities.set(request, identity);
    return identity;
  }

  of(request: FastifyRequest): RequestIdentity {
    return this.#identities.get(request) ?? this.begin(request);
  }
}

export function callerOf(request: FastifyRequest, { clientRequestId, activityId }: RequestIdentity): Caller {
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  return { clientRequestId, activityId, application: header('x-ms-app'), user: header('x-ms-user') };
}
