import type { FileHandle } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Column } from '../types.ts';
import { malformedData } from './malformed-data.ts';
import { RowScanner, type FormatOptions, type Row } from './rows.ts';

const pieceBytes = 256 * 1024;

/**
 * The rows of an open text file, read piece by piece: memory stays flat, whatever the file's size. The file is closed at the
 * end, and when the reader leaves.
 */
export async function* fileRows(
  file: FileHandle,
  isGzip: boolean,
  columns: readonly Column[],
  options: FormatOptions,
): AsyncGenerator<Iterable<Row>> {
  const scanner = new RowScanner(columns, options);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for await (const bytes of contents(file, isGzip)) {
    yield scanner.push(decoder.decode(bytes, { stream: true }), false);
  }
  yield scanner.push(decoder.decode(), true);
}

async function* contents(file: FileHandle, isGzip: boolean): AsyncGenerator<Buffer> {
  const raw = file.createReadStream({ highWaterMark: pieceBytes });
  const stream: Readable = isGzip
    ? pipeline(raw, createGunzip({ chunkSize: pieceBytes }), () => undefined)
    : raw;
  try {
    for await (const bytes of stream) yield bytes as Buffer;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code.startsWith('Z_')) throw malformedData('the file is not valid gzip');
    throw error;
  } finally {
    stream.destroy();
    raw.destroy();
  }
}
