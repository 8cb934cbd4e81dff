import type { EncodedChange } from '@drasi-kusto/source-sdk';
import type { EntityConfig } from '../config/entity-config.ts';

/** The delete of an element: the id takes it away, the label brings the change to the queries that have it. */
export function deleteChange(
  { kind, label }: Pick<EntityConfig, 'kind' | 'label'>,
  id: string,
  timestampNs: bigint,
): EncodedChange {
  const text = `{"id":${ascii(id)},"labels":[${ascii(label)}],"properties":{}}`;
  return {
    op: 'd',
    table: kind === 'relation' ? 'rel' : 'node',
    element: Buffer.from(text, 'latin1'),
    timestampNs,
  };
}

/** The delete of the relation that an upsert is of, to go before it: an upsert alone does not move a relation's ends (rule R22). */
export function deleteBefore(upsert: EncodedChange): EncodedChange {
  const element = Buffer.from(upsert.element.buffer, upsert.element.byteOffset, upsert.element.byteLength);
  // No id and no label holds this text: their quotes are escaped.
  const end = element.indexOf(',"startId":"');
  if (end < 0) throw new RangeError('only a relation has ends that could move');
  return { ...upsert, op: 'd', element: Buffer.concat([element.subarray(0, end), noProperties]) };
}

const noProperties = Buffer.from(',"properties":{}}', 'latin1');

/** JSON in ASCII, as the wire wants it. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
