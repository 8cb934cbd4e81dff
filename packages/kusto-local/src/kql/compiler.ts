import type { Compilation, CompileRequest } from '../types.ts';

/**
 * KQL text to DuckDB SQL. The work is done in a worker thread, so a hostile text cannot block the server; a text over
 * the time limit ends with an error and the worker is replaced.
 */
export interface KqlCompiler {
  /** @throws KustoServiceError with the inner code and the place, when the text is wrong or not supported */
  compile(request: CompileRequest): Promise<Compilation>;
  close(): Promise<void>;
}
