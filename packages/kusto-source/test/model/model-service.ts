import { startKustoLocal, type KustoLocal } from 'kusto-local';

/** A kusto-local that plans run at, and its clock. */
export interface ModelService extends AsyncDisposable {
  readonly kusto: KustoLocal;
  /** False: it refuses database cursors (rule R16). */
  readonly cursors: boolean;
  /** Sets its clock, and so the ingestion times of what comes, forward. */
  later(minutes: number): void;
}

export async function startModelService({ cursors }: Pick<ModelService, 'cursors'>): Promise<ModelService> {
  let aheadMs = 0;
  const kusto = await startKustoLocal({ cursors, now: () => Date.now() + aheadMs });
  return {
    kusto,
    cursors,
    later: (minutes) => {
      aheadMs += minutes * 60_000;
    },
    [Symbol.asyncDispose]: () => kusto.close(),
  };
}
