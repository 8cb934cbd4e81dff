import type { JsonValue } from '@drasi-kusto/source-sdk';
import { KustoSourceError } from '../errors.ts';

/** How far the feed is: everything up to `cursor` is published and acknowledged. The text is opaque (Kusto's database cursors). */
export interface Checkpoint {
  readonly cursor: string;
}

const format = 1;

export function writeCheckpoint(checkpoint: Checkpoint): JsonValue {
  return { format, cursor: checkpoint.cursor };
}

/** @throws KustoSourceError CHECKPOINT when another version wrote it, or something else than this program */
export function readCheckpoint(value: JsonValue): Checkpoint {
  if (typeof value === 'object' && value !== null && 'format' in value) {
    if (typeof value.format === 'number' && value.format > format)
      throw new KustoSourceError(
        'CHECKPOINT',
        `the checkpoint has format ${value.format}, this version knows ${format}: run the version that wrote it`,
      );
    if (value.format === format && 'cursor' in value && typeof value.cursor === 'string')
      return { cursor: value.cursor };
  }
  throw new KustoSourceError(
    'CHECKPOINT',
    'what is stored as the checkpoint is not one: restore or delete the state',
  );
}
