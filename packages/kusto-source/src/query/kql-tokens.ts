import { KustoSourceError } from '../errors.ts';

export interface KqlToken {
  /** `name`: an identifier or keyword, also one with hyphens such as `project-away`; `quoted-name`: `['…']`. */
  readonly kind: 'name' | 'quoted-name' | 'string' | 'number' | 'punctuation';
  /** The text as written; for a quoted name the name itself. */
  readonly text: string;
  /** Offset of the first character in the query. */
  readonly start: number;
  readonly end: number;
  /** How many brackets of any kind are open around it. */
  readonly depth: number;
}

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const namePattern = /[A-Za-z_$][A-Za-z0-9_$]*/y;
/** Operators whose names hold a hyphen; elsewhere `a-b` is a subtraction. */
const hyphenated =
  /(?:project-(?:away|keep|rename|reorder|smart)|mv-(?:expand|apply)|parse-(?:where|kv)|make-series|top-(?:nested|hitters)|sample-distinct|graph-[a-z-]+|execute-and-cache|macro-expand|assert-schema)(?![A-Za-z0-9_-])/y;
const numberPattern = /\d[A-Za-z0-9_.]*/y;

/**
 * Splits KQL into tokens: strings of every form, comments, quoted names and brackets are understood, nothing else is.
 * It is enough to tell where statements and operators begin, and needs no parser of 5 MB in the pod.
 * @throws KustoSourceError QUERY for a string or bracket that does not end
 */
export function tokenizeKql(text: string): readonly KqlToken[] {
  const tokens: KqlToken[] = [];
  const open: { bracket: string; start: number }[] = [];
  let at = 0;
  const push = (kind: KqlToken['kind'], start: number, end: number, value = text.slice(start, end)): void => {
    tokens.push({ kind, text: value, start, end, depth: open.length });
    at = end;
  };
  while (at < text.length) {
    const character = text[at] ?? '';
    if (/\s/.test(character)) {
      at += 1;
    } else if (text.startsWith('//', at)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end + 1;
    } else if (isStringStart(text, at)) {
      push('string', at, stringEnd(text, at));
    } else if (character === '[' && quotedName(text, at) !== undefined) {
      const { name, end } = quotedName(text, at) ?? { name: '', end: at + 1 };
      push('quoted-name', at, end, name);
    } else if (match(hyphenated, text, at) > 0 && text[at - 1] !== '.') {
      push('name', at, at + match(hyphenated, text, at));
    } else if (match(namePattern, text, at) > 0) {
      push('name', at, at + match(namePattern, text, at));
    } else if (match(numberPattern, text, at) > 0) {
      push('number', at, at + match(numberPattern, text, at));
    } else if (character in closing) {
      push('punctuation', at, at + 1);
      open.push({ bracket: character, start: at - 1 });
    } else if (character === ')' || character === ']' || character === '}') {
      const opened = open.pop();
      if (opened === undefined || closing[opened.bracket] !== character)
        throw queryError(text, at, `the ${character} closes nothing`);
      push('punctuation', at, at + 1);
    } else {
      push('punctuation', at, at + 1);
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) throw queryError(text, unclosed.start, `the ${unclosed.bracket} is not closed`);
  return tokens;
}

/** A QUERY error that names the place in KUSTO_QUERY as line and column. */
export function queryError(text: string, offset: number, reason: string): KustoSourceError {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return new KustoSourceError('QUERY', `KUSTO_QUERY, line ${line}, column ${column}: ${reason}`);
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function isStringStart(text: string, at: number): boolean {
  return (
    /(?:[hH]?@?["']|[hH]?(?:```|~~~))/y.test(text.slice(at, at + 5)) && stringQuoteAt(text, at) !== undefined
  );
}

/** The forms of a KQL string: `'…'`, `"…"`, verbatim with `@`, multi-line with three back-ticks or tildes, each hidden with `h`. */
function stringQuoteAt(
  text: string,
  at: number,
): { quote: string; verbatim: boolean; body: number } | undefined {
  let body = at;
  if (text[body] === 'h' || text[body] === 'H') body += 1;
  for (const quote of ['```', '~~~']) {
    if (text.startsWith(quote, body)) return { quote, verbatim: true, body: body + 3 };
  }
  const verbatim = text[body] === '@';
  if (verbatim) body += 1;
  const quote = text[body];
  return quote === '"' || quote === "'" ? { quote, verbatim, body: body + 1 } : undefined;
}

function stringEnd(text: string, at: number): number {
  const string = stringQuoteAt(text, at);
  if (string === undefined) return at + 1;
  const { quote, verbatim } = string;
  for (let index = string.body; index < text.length; index += 1) {
    if (!verbatim && text[index] === '\\') index += 1;
    else if (quote.length === 1 && text[index] === '\n' && !verbatim) break;
    else if (text.startsWith(quote, index)) {
      const doubled = verbatim && quote.length === 1 && text[index + 1] === quote;
      if (!doubled) return index + quote.length;
      index += 1;
    }
  }
  throw queryError(text, at, 'the string that begins here does not end');
}

function quotedName(text: string, at: number): { name: string; end: number } | undefined {
  let start = at + 1;
  while (/\s/.test(text[start] ?? '')) start += 1;
  const quote = text[start];
  if (quote !== "'" && quote !== '"') return undefined;
  let end: number;
  try {
    end = stringEnd(text, start);
  } catch {
    return undefined;
  }
  let close = end;
  while (/\s/.test(text[close] ?? '')) close += 1;
  if (text[close] !== ']') return undefined;
  const name = text.slice(start + 1, end - 1).replaceAll(/\\(.)/gs, '$1');
  return { name, end: close + 1 };
}
