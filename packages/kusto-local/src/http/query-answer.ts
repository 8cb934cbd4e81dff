import { Readable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { Protocol } from '../engine/values/encode-rows.ts';
import type { FailAfter } from '../engine/queries/result-limit.ts';
import { ConnectionCut } from '../faults/connection-cut.ts';
import type { FaultAction } from '../faults/fault-rule.ts';
import { faultyPieces } from '../faults/faulty-pieces.ts';
import { closeConnection, shapesBytes } from '../faults/faulty-stream.ts';
import { InjectedFailure } from '../faults/injected-failure.ts';
import { mergeOptions } from '../request-properties/query-options.ts';
import { compressed } from './compression.ts';
import type { RequestIdentity } from './error-body.ts';
import { jsonType } from './http-errors.ts';
import { callerOf } from './identities.ts';
import { readLayout } from './layout.ts';
import { PrimedRows } from './primed-rows.ts';
import type { ParsedRequest } from './request.ts';
import { responseV1 } from './response-v1.ts';
import { responseV2, type ResponseContext } from './response-v2.ts';

export interface QueryAnswer {
  readonly endpoint: Endpoint;
  readonly protocol: Protocol;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly identity: RequestIdentity;
  readonly query: ParsedRequest['request'];
  readonly fault: FaultAction;
  /** Milliseconds a client may leave what was sent unread before its connection is closed. */
  readonly stallMs: number;
}

/** Runs a query and streams its answer. The query ends with the answer, and when the client leaves. */
export async function answerQuery(answer: QueryAnswer): Promise<FastifyReply> {
  const { endpoint, protocol, request, reply, identity, query, fault } = answer;
  const abort = new AbortController();
  reply.raw.once('close', () => abort.abort());
  const caller = callerOf(request, identity);
  const run = await endpoint.query({ ...query, caller }, protocol, abort.signal, failureOf(fault));
  let rows: PrimedRows;
  try {
    rows = await PrimedRows.of(run);
  } catch (error) {
    await run.close();
    throw error;
  }
  const layout = readLayout(mergeOptions(query.options, run.compilation.setOptions));
  const context: ResponseContext = { run, rows, identity, text: query.text };
  const pieces = protocol === 'v1' ? responseV1(context) : responseV2(context, layout);
  const isFaulty = Object.keys(fault).length > 0;
  const body = bytes(
    isFaulty ? faultyPieces(pieces, protocol, fault, identity, query.text) : pieces,
    context,
    reply.raw,
    answer.stallMs,
  );
  void reply.type(jsonType);
  const stream = Readable.from(body, { objectMode: false, highWaterMark: isFaulty ? 1 : 256 * 1024 });
  // A generator that was never started does not run its `finally`.
  stream.once('close', () => void finish(context));
  reply.raw.once('close', () => stream.destroy());
  // Where an answer is to be cut, compressed bytes would not come out in time.
  const isPlain = fault.cutAfterRows !== undefined || shapesBytes(fault);
  return reply.send(isPlain ? stream : await compressed(stream, request, reply));
}

function failureOf({ cutAfterRows, errorAfterRows }: FaultAction): FailAfter | undefined {
  if (cutAfterRows !== undefined) return { rows: cutAfterRows, error: new ConnectionCut() };
  if (errorAfterRows !== undefined) return { rows: errorAfterRows, error: new InjectedFailure(520) };
  return undefined;
}

async function* bytes(
  pieces: AsyncIterable<string>,
  context: ResponseContext,
  response: ServerResponse,
  stallMs: number,
): AsyncGenerator<Buffer> {
  let stalled: NodeJS.Timeout | undefined;
  try {
    for await (const piece of pieces) {
      // Runs until the next piece is asked for, hence while the client takes nothing.
      stalled = setTimeout(() => response.destroy(), stallMs);
      yield Buffer.from(piece);
      clearTimeout(stalled);
    }
  } catch (error) {
    if (!(error instanceof ConnectionCut)) throw error;
    await closeConnection(response);
  } finally {
    clearTimeout(stalled);
    await finish(context);
  }
}

async function finish({ rows, run }: ResponseContext): Promise<void> {
  await rows.close();
  await run.close();
}
