import { ErrorCode, FatalSourceError } from '../errors.ts';
import { jsonMembers } from '../wire/json-members.ts';

/**
 * A change in the form that Drasi Server's `http` source takes. From
 * `{"op","payload":{"source":{"ts_ns"},"after"|"before"}}` comes
 *
 * - `{"operation":"update","element":{"type":"node","id","labels","properties"},"timestamp"}`
 * - `{"operation":"update","element":{"type":"relation","id","labels","from","to","properties"},"timestamp"}`
 * - `{"operation":"delete","id","labels","timestamp"}`
 *
 * `i` becomes an update too: an insert that is repeated counts twice in Drasi, and a publish is repeated whenever its answer
 * is lost. Values are copied as text, digit by digit; the timestamp stays nanoseconds.
 * @param change - ASCII, as `encodeChange` makes it
 * @throws FatalSourceError BAD_ELEMENT
 */
export function httpEvent(change: Uint8Array): string {
  const text = Buffer.from(change.buffer, change.byteOffset, change.byteLength).toString('latin1');
  const message = jsonMembers(text);
  const payload = jsonMembers(part(message, 'payload'));
  const timestamp = part(jsonMembers(part(payload, 'source')), 'ts_ns');
  if (part(message, 'op') === '"d"') {
    const element = jsonMembers(part(payload, 'before'));
    return `{"operation":"delete","id":${part(element, 'id')},"labels":${part(element, 'labels')},"timestamp":${timestamp}}`;
  }
  const element = jsonMembers(part(payload, 'after'));
  const [start, end] = [element.get('startId'), element.get('endId')];
  const ends = start === undefined || end === undefined ? '' : `"from":${start},"to":${end},`;
  return (
    `{"operation":"update","element":{"type":"${ends === '' ? 'node' : 'relation'}","id":${part(element, 'id')},` +
    `"labels":${part(element, 'labels')},${ends}"properties":${element.get('properties') ?? '{}'}},"timestamp":${timestamp}}`
  );
}

function part(members: ReadonlyMap<string, string>, name: string): string {
  const text = members.get(name);
  if (text === undefined) throw new FatalSourceError(ErrorCode.BadElement, `a change has no "${name}"`);
  return text;
}
