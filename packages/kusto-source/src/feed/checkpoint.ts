import type { JsonValue } from '@drasi-kusto/source-sdk';
import { KustoSourceError } from '../errors.ts';
import type { Slice } from '../snapshot/slice.ts';
import type { SlicedWindow } from './sliced-window.ts';

/**
 * How far the feed is: everything up to `cursor` is published and acknowledged, and of the window that begins there all but what `window`
 * says is left. The text of a cursor is opaque (Kusto's database cursors).
 */
export interface Checkpoint {
  readonly cursor: string;
  readonly window?: SlicedWindow | undefined;
}

/** Still 1 with a window in it: a version that does not know windows in slices reads the whole window again, which loses nothing. */
const format = 1;

export function writeCheckpoint({ cursor, window }: Checkpoint): JsonValue {
  if (window === undefined) return { format, cursor };
  const { upTo, hash, modulus, next, parts } = window;
  const pairs = parts.map((part) => [part.modulus, part.index]);
  return { format, cursor, window: { upTo, hash, modulus, next, parts: pairs } };
}

/** @throws KustoSourceError CHECKPOINT when another version wrote it, or something else than this program */
export function readCheckpoint(value: JsonValue): Checkpoint {
  if (isRecord(value)) {
    if (typeof value['format'] === 'number' && value['format'] > format)
      throw new KustoSourceError(
        'CHECKPOINT',
        `the checkpoint has format ${value['format']}, this version knows ${format}: run the version that wrote it`,
      );
    const { cursor, window } = value;
    if (value['format'] === format && typeof cursor === 'string') {
      if (window === undefined) return { cursor };
      const sliced = readWindow(window);
      if (sliced !== undefined) return { cursor, window: sliced };
    }
  }
  throw new KustoSourceError(
    'CHECKPOINT',
    'what is stored as the checkpoint is not one: restore or delete the state',
  );
}

function readWindow(value: unknown): SlicedWindow | undefined {
  if (!isRecord(value)) return undefined;
  const { upTo, hash, modulus, next, parts } = value;
  if (typeof upTo !== 'string' || typeof hash !== 'string' || !isCount(modulus) || !isCount(next))
    return undefined;
  if (!Array.isArray(parts)) return undefined;
  const slices = parts.map(readSlice).filter((slice) => slice !== undefined);
  return slices.length === parts.length ? { upTo, hash, modulus, next, parts: slices } : undefined;
}

function readSlice(value: unknown): Slice | undefined {
  if (!Array.isArray(value)) return undefined;
  const [modulus, index]: unknown[] = value;
  return isCount(modulus) && isCount(index) && index < modulus ? { modulus, index } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
