import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { columns, stormRow } from './storm-rows.ts';

const stored = columns.filter(([name]) => !name.startsWith('__'));

/** `(StartTime: datetime, …)` */
export const tableSchema = `(${stored.map(([name, type]) => `${name}: ${type}`).join(', ')})`;

/** The same rows as the other benchmarks', as a CSV file. */
export async function writeStormCsv(path: string, rows: number, from = 0): Promise<void> {
  await pipeline(Readable.from(lines(rows, from)), createWriteStream(path));
}

function* lines(rows: number, from: number): Generator<string> {
  let text = '';
  for (let index = from; index < from + rows; index += 1) {
    const cells = (JSON.parse(stormRow(index)) as unknown[]).slice(0, stored.length);
    text += `${cells.map(csvField).join(',')}\n`;
    if (text.length < 256 * 1024) continue;
    yield text;
    text = '';
  }
  yield text;
}

function csvField(cell: unknown): string {
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
