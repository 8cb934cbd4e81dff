/**
 * Changes in wire form, as the platform's change router reads them:
 * `{"op","reactivatorStart_ns","reactivatorEnd_ns","payload":{"source":{"db","table","lsn","ts_ns","partition"},"after"|"before"}}`.
 */
import type { EncodedChange, SourceChange } from '../elements.ts';
import { ErrorCode, FatalSourceError } from '../errors.ts';
import { deletedElementText, encodeElement, isRelation } from './encode-element.ts';
import { stringText } from './json-text.ts';

export interface ChangeEnvelope {
  /** `payload.source.db`. */
  readonly sourceId: string;
  /** Unique and strictly increasing (rule R12). Not negative. */
  readonly lsn: bigint;
  /** When the reactivator took the change from its monitor, nanoseconds since 1970. */
  readonly reactivatorStartNs: bigint;
  /** When it handed the change to the publisher, nanoseconds since 1970. */
  readonly reactivatorEndNs: bigint;
  /** Free strings beside the payload; left out when absent. */
  readonly metadata?: { readonly [key: string]: string };
}

const INT64_MAX = 2n ** 63n - 1n;
const TWENTY_DIGITS = 20;

// The router parses these as u64 and puts a message it cannot parse back in the queue for ever.
function unsigned(value: bigint, name: string): string {
  if (typeof value !== 'bigint' || value < 0n || value > INT64_MAX)
    throw new FatalSourceError(
      ErrorCode.BadElement,
      `${name} is ${String(value)}: it must be a bigint from 0 to 2^63-1`,
    );
  return value.toString();
}

const isEncoded = (change: SourceChange | EncodedChange): change is EncodedChange => 'table' in change;

/**
 * The element written once, so that a repeated publish needs no second look at it.
 * @param nowNs - the time of a change that has none
 */
export function encodeChangeElement(change: SourceChange | EncodedChange, nowNs: bigint): EncodedChange {
  if (change.op !== 'i' && change.op !== 'u' && change.op !== 'd')
    throw new FatalSourceError(
      ErrorCode.BadElement,
      `a change has op ${JSON.stringify(change.op)}: it must be i, u or d`,
    );
  const { timestampNs = nowNs } = change;
  unsigned(timestampNs, 'timestampNs');
  if (isEncoded(change)) {
    if (change.element.length < 2 || change.element[0] !== 0x7b || change.element.at(-1) !== 0x7d)
      throw new FatalSourceError(
        ErrorCode.BadElement,
        'an encoded change does not hold one JSON object without a line end',
      );
    return change;
  }
  const { op, element } = change;
  return {
    op,
    table: isRelation(element) ? 'rel' : 'node',
    element: op === 'd' ? Buffer.from(deletedElementText(element), 'latin1') : encodeElement(element),
    timestampNs,
  };
}

function metadataText(metadata: ChangeEnvelope['metadata']): string {
  if (metadata === undefined) return '';
  const fields = Object.entries(metadata).map(([key, value]) => `${stringText(key)}:${stringText(value)}`);
  return `"metadata":{${fields.join(',')}},`;
}

/**
 * One change as a JSON object, ASCII, without a line end.
 * @throws FatalSourceError BAD_ELEMENT
 */
export function encodeChange(change: SourceChange | EncodedChange, envelope: ChangeEnvelope): Uint8Array {
  const { op, table, element, timestampNs } = encodeChangeElement(change, envelope.reactivatorStartNs);
  const head =
    `{"op":"${op}","reactivatorStart_ns":${unsigned(envelope.reactivatorStartNs, 'reactivatorStartNs')},` +
    `"reactivatorEnd_ns":${unsigned(envelope.reactivatorEndNs, 'reactivatorEndNs')},${metadataText(envelope.metadata)}` +
    `"payload":{"source":{"db":${stringText(envelope.sourceId)},"table":"${table}","lsn":${unsigned(envelope.lsn, 'lsn')},` +
    `"ts_ns":${unsigned(timestampNs, 'timestampNs')},"partition":null},"${op === 'd' ? 'before' : 'after'}":`;
  const bytes = Buffer.allocUnsafe(head.length + element.length + 2);
  bytes.write(head, 0, 'latin1');
  bytes.set(element, head.length);
  bytes.write('}}', head.length + element.length, 'latin1');
  return bytes;
}

/** The most bytes {@link encodeChange} adds to an element, whatever its numbers turn out to be. */
export function envelopeBytes(sourceId: string): number {
  const empty = encodeChange(
    { op: 'd', table: 'node', element: Buffer.from('{}'), timestampNs: 0n },
    { sourceId, lsn: 0n, reactivatorStartNs: 0n, reactivatorEndNs: 0n },
  );
  return empty.length + 4 * TWENTY_DIGITS;
}
