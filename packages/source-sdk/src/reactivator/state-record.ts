/** The one record a reactivator keeps: where it is, which numbers it used, which bootstraps are open. */
import { z } from 'zod';
import type { JsonValue } from '../elements.ts';
import type { ProcessIdentity } from '../state/process-liveness.ts';
import { ErrorCode, FatalSourceError } from '../errors.ts';

/** The only key the SDK writes, hence the only one it deletes (rule R24). */
export const STATE_KEY = 'drasi-source';
export const STATE_FORMAT = 1;

export interface StoredSession {
  readonly id: string;
  readonly labels: readonly string[];
  /** Its bootstrap broke: the labels are to be published again. */
  readonly abandoned?: true;
}

export interface StoredLease {
  /** Counts takings. */
  readonly term: number;
  /** How long it holds without a new revision of the record, milliseconds on whoever's clock. */
  readonly durationMs: number;
  /** How long a publish that began before its end may still be under way, milliseconds. */
  readonly publishTimeoutMs: number;
  /** The process of `owner`, where another one may find out that it has ended. */
  readonly process?: ProcessIdentity;
  /** Its holder ended with nothing under way. */
  readonly released?: true;
}

export interface StateRecord {
  readonly format: typeof STATE_FORMAT;
  /** The configuration the checkpoint belongs to. */
  readonly fingerprint: string;
  /** The instance that wrote this revision. */
  readonly owner: string;
  /** Counts writes. With `owner` it tells a reactivator its own write from another's. */
  readonly revision: number;
  /** Held by `owner` (rule R21). Absent in a store that is one process's own. */
  readonly lease?: StoredLease;
  /** A deprovision has begun: nobody publishes any more, and whoever can deletes it (rule R24). */
  readonly ending?: true;
  /** Absent before the first checkpoint. */
  readonly checkpoint?: JsonValue;
  /** Decimal digits: every lsn up to this one is taken, used or not (rule R12). */
  readonly lsn: string;
  readonly sessions: readonly StoredSession[];
}

const schema = z.object({
  format: z.literal(STATE_FORMAT),
  fingerprint: z.string(),
  owner: z.string(),
  revision: z.int().nonnegative(),
  lease: z
    .object({
      term: z.int().positive(),
      durationMs: z.number().positive(),
      publishTimeoutMs: z.number().nonnegative(),
      process: z.object({ space: z.string(), pid: z.int(), start: z.string() }).optional(),
      released: z.literal(true).optional(),
    })
    .optional(),
  ending: z.literal(true).optional(),
  // It came from JSON, and may be nested deeper than a check that follows it could go.
  checkpoint: z.unknown().optional(),
  lsn: z.string().regex(/^\d{1,19}$/),
  sessions: z.array(
    z.object({ id: z.string(), labels: z.array(z.string()), abandoned: z.literal(true).optional() }),
  ),
});

/**
 * Checks what was read from a store.
 * @throws FatalSourceError STATE_TOO_NEW, STATE_CORRUPT
 */
export function parseRecord(value: JsonValue): StateRecord {
  const format =
    typeof value === 'object' && value !== null && 'format' in value ? value['format'] : undefined;
  if (typeof format === 'number' && format > STATE_FORMAT)
    throw new FatalSourceError(
      ErrorCode.StateTooNew,
      `the stored state "${STATE_KEY}" has format ${format}, this version knows ${STATE_FORMAT}: run the newer version, or deprovision the source`,
    );
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new FatalSourceError(
      ErrorCode.StateCorrupt,
      `the stored state "${STATE_KEY}" is not what this SDK writes: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data as StateRecord;
}

/** The record of a source that never ran. */
export function firstRecord(fingerprint: string, owner: string): StateRecord {
  return { format: STATE_FORMAT, fingerprint, owner, revision: 0, lsn: '0', sessions: [] };
}
