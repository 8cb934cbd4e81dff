/** What a text must pass before the parser sees it: the parser is slow on hostile input (seconds for a thousand brackets). */
import { QueryError } from './refusal.ts';

export const defaultMaxTextLength = 512 * 1024;
const maxNesting = 100;

const openers = new Set(['(', '[', '{']);
const closers = new Set([')', ']', '}']);

/** Where a string literal that begins at `start` ends (the place after it). */
function skipString(text: string, start: number): number {
  const quote = text[start] ?? '"';
  const verbatim = text[start - 1] === '@';
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\' && !verbatim) index += 1;
    else if (character === quote) return index + 1;
    else if (character === '\n') return index;
  }
  return text.length;
}

/** The place of the first bracket that nests too deep; undefined when there is none. */
export function tooDeep(text: string, limit = maxNesting): number | undefined {
  let depth = 0;
  let index = 0;
  while (index < text.length) {
    const character = text[index] ?? '';
    if (character === '"' || character === "'") {
      index = skipString(text, index);
      continue;
    }
    if (character === '/' && text[index + 1] === '/') {
      const end = text.indexOf('\n', index);
      index = end === -1 ? text.length : end;
      continue;
    }
    if (openers.has(character)) {
      depth += 1;
      if (depth > limit) return index;
    } else if (closers.has(character)) {
      depth = Math.max(0, depth - 1);
    }
    index += 1;
  }
  return undefined;
}

/** @throws QueryError when the text is too long or nests too deep */
export function checkLimits(text: string, maxTextLength: number): void {
  if (text.length > maxTextLength) {
    throw new QueryError(
      'SEM0001',
      `the query has ${text.length} characters; this endpoint takes at most ${maxTextLength}`,
      { start: 0, length: 0 },
    );
  }
  const place = tooDeep(text);
  if (place !== undefined) {
    throw new QueryError('SYN0002', `the query nests deeper than ${maxNesting} brackets`, {
      start: place,
      length: 1,
    });
  }
}
