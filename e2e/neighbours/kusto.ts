import {
  startKustoLocal,
  type ExecuteResult,
  type FaultRule,
  type IngestData,
  type KustoLocal,
} from 'kusto-local';
import { createKqlCompiler } from '../../packages/kusto-local/src/kql/compiler-pool.ts';
import { sqlPrelude } from '../../packages/kusto-local/src/kql/sql/prelude.ts';

/** What a test does with Kusto, whether it lives in the test's process ({@link KustoLocal}) or in one of its own. */
export interface Kusto {
  readonly url: string;
  /** A query's first result, whole, or a command's. */
  execute(database: string, text: string): Promise<ExecuteResult>;
  /** Resolves when the rows are acknowledged. */
  ingest(database: string, table: string, data: IngestData): Promise<unknown>;
  /** What happens to requests from now on, until it is told again or ends. */
  setFaults(rules: readonly FaultRule[]): Promise<void> | void;
}

export interface PatientKustoOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** Where its databases are. Default: in memory. */
  readonly dataDir?: string;
}

/**
 * kusto-local refuses a query that it does not compile within ten seconds, which is for ever; on a busy machine that can be the
 * thousand keys of a scan.
 */
export function startPatientKusto({ port = 0, dataDir }: PatientKustoOptions = {}): Promise<KustoLocal> {
  return startKustoLocal({
    port,
    ...(dataDir === undefined ? {} : { dataDir }),
    compiler: { compiler: createKqlCompiler({ timeoutMs: 120_000 }), sqlPrelude },
  });
}
