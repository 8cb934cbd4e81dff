/** DuckDB's words about a value that broke a query, in the user's terms: no INT64, no cast that the query does not have. */

const typeNames: Readonly<Record<string, string>> = {
  DECIMAL: 'a decimal of 38 digits',
  DOUBLE: 'a real',
  FLOAT: 'a real',
  HUGEINT: 'a long',
  INT128: 'a long',
  INT32: 'an int',
  INT64: 'a long',
};

const operations: Readonly<Record<string, string>> = {
  addition: 'addition',
  multiplication: 'multiplication',
  subtraction: 'subtraction',
};

const overflow = /^Overflow in (addition|multiplication|subtraction) of (\w+)/;
const abs = /^Overflow on abs/;
const negation = /^Overflow in negation of /;
const cast = /can't be cast because the value is out of range for the destination type (\w+)/;
const decimal = /^(?:Overflow in (\w+) of DECIMAL|Could not cast value .* to DECIMAL)/;

/** The message of a DuckDB error about values, without the engine's own vocabulary. */
export function valueErrorMessage(message: string): string {
  const [line = message] = message.split('\n', 1);
  const text = line.replace(/^[A-Z][A-Za-z ]* Error: /, '');
  const operation = overflow.exec(text);
  if (operation !== null) {
    const type = typeNames[operation[2] ?? ''] ?? 'its type';
    return `the result of this ${operations[operation[1] ?? ''] ?? 'operation'} does not fit ${type}`;
  }
  if (decimal.test(text)) return `a number does not fit ${typeNames['DECIMAL'] ?? ''}`;
  if (abs.test(text) || negation.test(text)) return 'the least long has no positive counterpart';
  const target = cast.exec(text);
  if (target !== null) return `a number does not fit ${typeNames[target[1] ?? ''] ?? 'its type'}`;
  return text;
}
