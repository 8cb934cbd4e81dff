import { KustoError } from '../errors.ts';

export interface Pair {
  /** Empty for the address that may stand alone at the beginning. */
  readonly name: string;
  readonly value: string;
}

/**
 * A name as a message may show it. What follows a semicolon in a secret that is not quoted looks like a name too: only words are shown.
 */
export function shownName(name: string): string {
  return /^[A-Za-z]+(?:[ _]?[A-Za-z]+)*$/.test(name) && name.length <= 60
    ? JSON.stringify(name)
    : HIDDEN_NAME;
}

const HIDDEN_NAME = '(not shown: if it is part of a value that contains ; put that in quotes)';

const ADDRESS = /^https?:\/\//i;

/**
 * Splits `name=value;name="va;lue"`. The first `=` ends the name, so that a value may contain more of them. A value that begins with
 * a quote ends at the same quote, doubled quotes inside stand for one.
 * @throws KustoError KUSTO_BAD_CONNECTION_STRING
 */
export function splitPairs(text: string): Pair[] {
  const pairs: Pair[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ';' || /\s/.test(text[at] ?? '')) {
      at++;
      continue;
    }
    const segmentEnd = endOf(text, ';', at);
    const segment = text.slice(at, segmentEnd);
    if (pairs.length === 0 && ADDRESS.test(segment)) {
      pairs.push({ name: '', value: segment.trim() });
      at = segmentEnd;
      continue;
    }
    const equals = segment.indexOf('=');
    // Not quoted back in the message: a secret with a semicolon outside quotes lands here.
    if (equals <= 0) {
      throw new KustoError(
        'KUSTO_BAD_CONNECTION_STRING',
        `connection string: part ${pairs.length + 1} is not Keyword=Value; ${
          pairs.length === 0
            ? 'the address of a cluster begins with https://'
            : 'put a value that contains ; in quotes'
        }`,
      );
    }
    const name = segment.slice(0, equals).trim();
    const { value, after } = readValue(text, at + equals + 1, name);
    pairs.push({ name, value });
    at = after;
  }
  return pairs;
}

function endOf(text: string, stop: string, from: number): number {
  const found = text.indexOf(stop, from);
  return found < 0 ? text.length : found;
}

function readValue(
  text: string,
  from: number,
  name: string,
): { readonly value: string; readonly after: number } {
  let at = from;
  while (/\s/.test(text[at] ?? '')) at++;
  const quote = text[at];
  if (quote !== '"' && quote !== "'") {
    const end = endOf(text, ';', from);
    return { value: text.slice(from, end).trim(), after: end };
  }
  let value = '';
  at++;
  for (;;) {
    const close = text.indexOf(quote, at);
    if (close < 0) {
      throw new KustoError(
        'KUSTO_BAD_CONNECTION_STRING',
        `connection string: the value of ${shownName(name)} has no closing quote`,
      );
    }
    value += text.slice(at, close);
    at = close + 1;
    if (text[at] !== quote) break;
    value += quote;
    at++;
  }
  const end = endOf(text, ';', at);
  if (text.slice(at, end).trim() !== '') {
    throw new KustoError(
      'KUSTO_BAD_CONNECTION_STRING',
      `connection string: something follows the closing quote of ${shownName(name)}`,
    );
  }
  return { value, after: end };
}
