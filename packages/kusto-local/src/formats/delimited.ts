const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The records of a delimited text (RFC 4180 with any one-character delimiter): a field may be quoted, a quote in it is
 * doubled, line breaks in it are kept. Records end with LF, CRLF or CR; an empty line is no record.
 */
export function* delimitedRecords(text: string, delimiter: string): Generator<string[]> {
  const separator = delimiter.charCodeAt(0);
  const end = text.length;
  let position = 0;
  while (position < end) {
    const first = text.charCodeAt(position);
    if (first === lineFeed || first === carriageReturn) {
      position += 1;
      continue;
    }
    const record: string[] = [];
    for (;;) {
      if (text.charCodeAt(position) === quote) {
        const [field, next] = quotedField(text, position, separator);
        record.push(field);
        position = next;
      } else {
        const stop = fieldEnd(text, position, separator);
        record.push(text.slice(position, stop));
        position = stop;
      }
      if (position >= end || text.charCodeAt(position) !== separator) break;
      position += 1;
    }
    position += 1;
    yield record;
  }
}

/** The place of the delimiter or line break that ends an unquoted field. */
function fieldEnd(text: string, start: number, separator: number): number {
  for (let position = start; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === separator || code === lineFeed || code === carriageReturn) return position;
  }
  return text.length;
}

/** The field and the place behind it. What follows the closing quote up to the delimiter belongs to the field. */
function quotedField(text: string, start: number, separator: number): [string, number] {
  let field = '';
  let from = start + 1;
  for (;;) {
    const close = text.indexOf('"', from);
    if (close === -1) return [field + text.slice(from), text.length];
    field += text.slice(from, close);
    if (text.charCodeAt(close + 1) !== quote) {
      const stop = fieldEnd(text, close + 1, separator);
      return [field + text.slice(close + 1, stop), stop];
    }
    field += '"';
    from = close + 2;
  }
}
