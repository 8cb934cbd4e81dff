import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { badRequest } from '../service-errors.ts';
import { readFaultRules } from '../faults/fault-rule.ts';
import { readSettings } from '../endpoint/settings.ts';

/**
 * `/admin/faults` and `/admin/settings`: what an endpoint imitates of a service in trouble. Bodies are JSON and must be said
 * to be, which a web page of another site cannot do.
 */
export function adminRoutes(server: FastifyInstance, endpoint: Endpoint): void {
  const faults = (): object => ({ seed: endpoint.faults.seed, rules: endpoint.faults.rules });
  server.get('/admin/faults', async () => faults());
  server.post('/admin/faults', (request, reply) => {
    const body = jsonBody(request);
    const { rules, seed } = Array.isArray(body)
      ? { rules: body, seed: 0 }
      : (body as Record<string, unknown>);
    if (seed !== undefined && !Number.isSafeInteger(seed)) throw badRequest('seed is a whole number.');
    endpoint.faults.set(readFaultRules(rules), (seed as number | undefined) ?? 0);
    return reply.send(faults());
  });
  server.delete('/admin/faults', async () => {
    endpoint.faults.clear();
    return faults();
  });
  server.get('/admin/settings', async () => endpoint.settings);
  server.post('/admin/settings', (request, reply) => {
    endpoint.change(readSettings(jsonBody(request)));
    return reply.send(endpoint.settings);
  });
}

function jsonBody(request: FastifyRequest): unknown {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw badRequest('Send JSON, with the header content-type: application/json.');
  }
  let body: unknown;
  try {
    body = JSON.parse(typeof request.body === 'string' ? request.body : '');
  } catch {
    throw badRequest('The body is not valid JSON.');
  }
  if (typeof body === 'object' && body !== null) return body;
  throw badRequest('The body is a JSON object or array.');
}
