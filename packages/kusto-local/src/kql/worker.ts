/** The thread that holds the parser: it loads and warms it, then compiles one request after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { KustoServiceError } from '../errors.ts';
import type { DatabaseSchema } from '../types.ts';
import { QueryCompiler } from './compile.ts';
import type { CompileMessage, WorkerMessage, WorkerOptions } from './worker-protocol.ts';

const { maxTextLength } = workerData as WorkerOptions;
const compiler = new QueryCompiler(maxTextLength);
const databases = new Map<string, DatabaseSchema>();

function answer(message: CompileMessage): WorkerMessage {
  if (message.database !== undefined) databases.set(message.databaseName, message.database);
  const database = databases.get(message.databaseName);
  if (database === undefined) return { kind: 'failed', message: `no schema of ${message.databaseName}` };
  try {
    const { text, parameters, view, checks, selection, discovered } = message;
    const request = {
      text,
      parameters,
      database,
      ...(view === undefined ? {} : { view }),
      ...(selection === undefined ? {} : { selection }),
      ...(checks === undefined ? {} : { checks }),
      ...(discovered === undefined ? {} : { discovered }),
    };
    return { kind: 'compiled', compilation: compiler.compile(request) };
  } catch (error) {
    if (error instanceof KustoServiceError) {
      const { message: reason, status, code, type, permanent, innerCode, span } = error;
      return { kind: 'refused', error: { message: reason, status, code, type, permanent, innerCode, span } };
    }
    if (!(error instanceof Error)) return { kind: 'failed', message: String(error) };
    return { kind: 'failed', message: `${error.name}: ${error.message}`, stack: error.stack };
  }
}

// The first analysis costs seconds: it is paid before the first request.
compiler.compile({
  text: "print a = 1 | where a == 1 | extend b = strcat('x', a) | summarize count() by b",
  database: { name: '', version: 0, tables: [] },
  parameters: {},
});

parentPort?.on('message', (message: CompileMessage) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(answer(message));
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage({ kind: 'ready' } satisfies WorkerMessage);
