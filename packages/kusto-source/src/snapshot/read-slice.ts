import { KustoError, pauseFor, type Logger } from '@drasi-kusto/kusto-client';
import type { Clock, Random } from '@drasi-kusto/source-sdk';
import type { Detection, EntityConfig } from '../config/entity-config.ts';
import type { RowKernel } from '../element/row-kernel.ts';
import { readRows, type EncodableRows, type RowShaper } from '../query/read-rows.ts';
import type { SourceReader } from '../query/source-reader.ts';
import type { RowRange } from '../query/window-query.ts';
import type { SentIds } from './sent-ids.ts';
import { meetsLimit } from './service-limits.ts';
import { slicePredicate, type Slice } from './slice.ts';

/** What every slice of a snapshot is read with. */
export interface SliceSource {
  readonly reader: SourceReader;
  readonly config: EntityConfig;
  readonly range: RowRange;
  readonly fold: boolean;
  readonly kernel: RowKernel;
  readonly shaper?: RowShaper | undefined;
  readonly detection: Detection;
  /** The rows come with what the key index has to know of them. */
  readonly identity?: { readonly bucketCount: number } | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Rows to be encoded with `sent` as the filter, before the next are asked for. */
export interface SliceRows extends EncodableRows {
  readonly sent: SentIds;
}

/** `too_large`: the slice meets a limit of the service, or takes it too long; its halves have to be read instead. */
export type SliceEnd = 'done' | 'too_large';

/** Attempts in a row that brought nothing new before the slice, and with it the snapshot, counts as broken. */
const maxBarrenAttempts = 5;

/**
 * Reads one slice. One that breaks in the middle is read again, and what was already sent is skipped. Failures before the first row are
 * retried by the client itself, so such a failure is final here.
 * @throws KustoError when repeating does not help, or when the rows that were sent may be wrong
 */
export async function* readSlice(
  source: SliceSource,
  slice: Slice,
  sent: SentIds,
): AsyncGenerator<SliceRows, SliceEnd, void> {
  const { reader, config, range, fold, kernel, shaper, detection, identity, clock, random, logger, signal } =
    source;
  const reading = {
    signal,
    slice: slicePredicate(slice, config.primaryKey),
    kernel,
    shaper,
    detection,
    identity,
  };
  for (let barren = 1; ;) {
    const before = sent.count;
    let began = false;
    try {
      for await (const rows of readRows(reader, config, range, fold, reading)) {
        began = true;
        yield { ...rows, sent };
      }
      return 'done';
    } catch (error) {
      if (!(error instanceof KustoError) || signal.aborted) throw error;
      if (sent.count > 0 && mayBeWrong(error)) throw error;
      if (meetsLimit(error)) return 'too_large';
      barren = sent.count > before ? 1 : barren + 1;
      const pauseMs = pauseFor(error, barren, random);
      if (!began || pauseMs === undefined || barren > maxBarrenAttempts) throw error;
      logger.warn('a slice broke and is read again', {
        ...slice,
        sent: sent.count,
        code: error.code,
        pauseMs: Math.round(pauseMs),
        reason: error.message,
      });
      sent.retry();
      await clock.sleep(pauseMs, signal);
    }
  }
}

/**
 * A query that ran out of memory, or failed inside, may have flushed wrong rows before (Kusto's page on partial query failures). A result cut
 * at a limit, or by the network, has right rows and too few.
 */
function mayBeWrong(error: KustoError): boolean {
  return error.code === 'KUSTO_PARTIAL_FAILURE' || /E_RUNAWAY_QUERY|80DA0001/i.test(error.message);
}
