/** Inputs that were findings once: run before anything else, each time. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Crasher {
  readonly file: string;
  readonly input: Uint8Array;
}

export const crasherFolder = fileURLToPath(new URL('crashers/', import.meta.url));

/** Those of one target, by name. */
export function crashersOf(target: string, folder: string = crasherFolder): readonly Crasher[] {
  let files: readonly string[];
  try {
    files = readdirSync(join(folder, target)).toSorted();
  } catch {
    return [];
  }
  return files.map((name) => {
    const file = join(folder, target, name);
    return { file, input: readFileSync(file) };
  });
}

/** @returns the file, named by its content */
export function keepCrasher(target: string, input: Uint8Array, folder: string = crasherFolder): string {
  const name = createHash('sha256').update(input).digest('hex').slice(0, 12);
  mkdirSync(join(folder, target), { recursive: true });
  const file = join(folder, target, name);
  writeFileSync(file, input);
  return file;
}
