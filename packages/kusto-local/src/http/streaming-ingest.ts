import type { FastifyInstance } from 'fastify';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { badRequest } from '../service-errors.ts';
import { KustoServiceError } from '../errors.ts';
import { ingestionFormats, parseRows } from '../formats/rows.ts';
import type { Column } from '../types.ts';
import { jsonType } from './http-errors.ts';
import { commandResponse } from './response-v1.ts';

/** The service takes 4 MB in one request of streaming ingestion (its page "Configure streaming ingestion"). */
export const streamingBodyLimit = 4 * 1024 * 1024;

const answerColumns: readonly Column[] = [
  { name: 'ConsumedRecordsCount', type: 'long' },
  { name: 'UpdatePolicyStatus', type: 'string' },
  { name: 'UpdatePolicyFailureCode', type: 'string' },
  { name: 'UpdatePolicyFailureReason', type: 'string' },
];

/**
 * Streaming ingestion (page "Streaming ingestion HTTP request"): the body is the data, one commit. It needs no policy here, and
 * JSON no mapping: properties go to the columns of their names. Queued ingestion is refused.
 */
export function ingestRoutes(server: FastifyInstance, endpoint: Endpoint, bodyLimit: number): void {
  server.post<{ Params: { database: string; table: string }; Querystring: Record<string, unknown> }>(
    '/v1/rest/ingest/:database/:table',
    { bodyLimit },
    async (request, reply) => {
      const { database, table } = request.params;
      const format = formatOf(request.query);
      const text = typeof request.body === 'string' ? request.body : '';
      const options = { format, ignoreFirstRecord: false };
      const { rowCount } = await endpoint.store
        .database(database)
        .ingest(table, (columns) => parseRows(text, columns, options));
      void reply.type(jsonType);
      return commandResponse({ columns: answerColumns, rows: [[rowCount, 'Inactive', 'Unknown', '']] });
    },
  );
  server.all('/v1/rest/ingestion/*', async () => {
    throw new KustoServiceError({
      message:
        'Queued ingestion is not supported by this endpoint: send the data to /v1/rest/ingest/{database}/{table}.',
      status: 404,
      code: 'NotFound',
    });
  });
}

function formatOf(query: Readonly<Record<string, unknown>>): string {
  const { streamFormat: format, mappingName: mapping, sourceKind } = query;
  if (typeof format !== 'string' || format === '')
    throw badRequest(`streamFormat is missing: one of ${ingestionFormats.join(', ')}.`);
  if (mapping !== undefined && mapping !== '')
    throw badRequest('Ingestion mappings are not supported by this endpoint: leave mappingName out.');
  if (sourceKind !== undefined)
    throw badRequest(
      'Streaming ingestion from a URI is not supported by this endpoint: send the data itself.',
    );
  return format.toLowerCase();
}
