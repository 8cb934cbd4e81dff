import { readCount, readFlag, type RawOptions } from './option-values.ts';

/** How large one result may get before the query fails with `E_QUERY_RESULT_SET_TOO_LARGE`. Undefined: no bound. */
export interface ResultLimits {
  readonly maxRecords: number | undefined;
  /** Bytes of the rows as UTF-8 JSON text. */
  readonly maxBytes: number | undefined;
}

/** The service's own limits (its page "Query limits"). */
export const serviceLimits: ResultLimits = { maxRecords: 500_000, maxBytes: 67_108_864 };

export const noLimits: ResultLimits = { maxRecords: undefined, maxBytes: undefined };

/**
 * The limits of one request (page "Query limits"): `notruncation` lifts them, but is ignored when `truncationmaxsize`,
 * `truncationmaxrecords` or `query_take_max_records` is given, too.
 *
 * @throws KustoServiceError when a value is no whole number
 */
export function readLimits(options: RawOptions, standard: ResultLimits): ResultLimits {
  const maxRecords = readCount(options, 'truncationmaxrecords');
  const maxBytes = readCount(options, 'truncationmaxsize');
  const take = readCount(options, 'query_take_max_records');
  const isLifted =
    readFlag(options, 'notruncation') &&
    maxRecords === undefined &&
    maxBytes === undefined &&
    take === undefined;
  if (isLifted) return noLimits;
  return { maxRecords: maxRecords ?? standard.maxRecords, maxBytes: maxBytes ?? standard.maxBytes };
}

/** The limits an endpoint was started with. */
export function standardLimits(truncation: boolean | ResultLimits | undefined): ResultLimits {
  if (typeof truncation === 'object') return truncation;
  return truncation === false ? noLimits : serviceLimits;
}
