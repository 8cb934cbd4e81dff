import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { FaultSubject } from '../faults/fault-plan.ts';
import type { FaultAction } from '../faults/fault-rule.ts';
import { faultyBody, shapesBytes } from '../faults/faulty-stream.ts';
import { InjectedFailure } from '../faults/injected-failure.ts';
import { jsonType } from './http-errors.ts';
import { parsed } from './read-request.ts';

const none: FaultAction = {};

/** Applies the endpoint's latency and faults to the requests of its REST interface. */
export class FaultHooks {
  readonly #endpoint: Endpoint;
  readonly #actions = new WeakMap<FastifyRequest, FaultAction>();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** What is to happen to a request's answer. */
  of(request: FastifyRequest): FaultAction {
    return this.#actions.get(request) ?? none;
  }

  install(server: FastifyInstance): void {
    server.addHook('preHandler', async (request, reply) => {
      const { faults, settings } = this.#endpoint;
      if (!/^\/v[12]\/rest\/(?:query|mgmt|ingest)(?:\/|$)/.test(request.routeOptions.url ?? '')) return;
      if (settings.latencyMs > 0) await wait(settings.latencyMs);
      const action = faults.isEmpty ? undefined : faults.take(subjectOf(request));
      if (action === undefined) return;
      if (action.delayMs !== undefined) await wait(action.delayMs);
      this.#actions.set(request, action);
      if (action.status === undefined) return;
      if (action.retryAfterSeconds !== undefined) void reply.header('retry-after', action.retryAfterSeconds);
      if (action.body === undefined) throw new InjectedFailure(action.status);
      const { body } = action;
      const [type, text] =
        typeof body === 'string' ? ['text/plain; charset=utf-8', body] : [jsonType, JSON.stringify(body)];
      await reply.status(action.status).type(type).send(text);
    });
    server.addHook('onSend', async (request, reply, payload) => {
      const action = this.of(request);
      if (!shapesBytes(action) || reply.statusCode !== 200) return payload;
      return faultyBody(payload as Buffer | string, action, reply.raw);
    });
  }
}

const ingestingCommand = /^\s*\.(?:ingest|set|append|set-or-append|set-or-replace)\b/i;

function subjectOf(request: FastifyRequest): FaultSubject {
  const route = request.routeOptions.url ?? '';
  if (route.startsWith('/v1/rest/ingest')) {
    const { database = '', table = '' } = request.params as { database?: string; table?: string };
    return { kind: 'ingest', text: table, database };
  }
  const isQuery = route.endsWith('/query');
  try {
    const { text, database } = parsed(request, isQuery ? 'query' : 'command').request;
    const kind = isQuery ? 'query' : ingestingCommand.test(text) ? 'ingest' : 'command';
    return { kind, text, database };
  } catch {
    // What is wrong with the request is told where it is read.
    return { kind: isQuery ? 'query' : 'command', text: '', database: '' };
  }
}
