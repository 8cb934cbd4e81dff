import type { FastifyInstance } from 'fastify';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { applyRetention, type ExpiredExtents } from '../engine/changes/retention.ts';
import { badRequest } from '../service-errors.ts';

/**
 * `POST /admin/retention?db=D[&table=T]`: drops what the retention policies no longer keep, now. The request says that it sends
 * JSON, which a web page of another site cannot do; its body is not read.
 */
export function retentionRoutes(server: FastifyInstance, endpoint: Endpoint): void {
  server.post<{ Querystring: Record<string, unknown> }>('/admin/retention', (request, reply) => {
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      throw badRequest('Send the header content-type: application/json.');
    const { db, table } = request.query;
    if (typeof db !== 'string') throw badRequest('Name the database: ?db=D.');
    if (table !== undefined && typeof table !== 'string') throw badRequest('Name one table: &table=T.');
    return retain(endpoint, db, table).then((expired) => reply.send({ expired }));
  });
}

/** Applies the retention policies of a database's tables, or of one of them. @throws KustoServiceError */
export function retain(
  endpoint: Endpoint,
  database: string,
  table: string | undefined,
): Promise<readonly ExpiredExtents[]> {
  return endpoint.store
    .database(database)
    .change((turn) => applyRetention(turn, table === undefined ? turn.tables : [turn.table(table)]));
}
