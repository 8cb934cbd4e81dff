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

/** JSON in ASCII, as the wire wants it. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
