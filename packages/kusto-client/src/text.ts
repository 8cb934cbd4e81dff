/**
 * Text pieces that are safe to put into a KQL text. Kusto's lexer reads backslash escapes in '…' and "…" literals and in the quoted
 * name inside ['…'] (https://learn.microsoft.com/kusto/query/scalar-data-types/string).
 */

/** Everything that could end a literal or be changed on its way: quotes, backslash, control characters, line separators, lone surrogates. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /['"\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]|\p{Surrogate}/gu;

const SHORT: Readonly<Record<string, string>> = {
  "'": "\\'",
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escape(text: string): string {
  return text.replace(
    UNSAFE,
    (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A column, table, function or database name in any position where KQL takes a name: `['…']`. */
export function quoteIdentifier(name: string): string {
  return `['${escape(name)}']`;
}

/** A KQL string literal: `"…"`. */
export function stringLiteral(text: string): string {
  return `"${escape(text)}"`;
}

/** The text after leading white space and `//` comments. */
function significant(csl: string): string {
  let rest = csl.trimStart();
  while (rest.startsWith('//')) {
    const lineEnd = rest.search(/[\n\r]/);
    rest = lineEnd < 0 ? '' : rest.slice(lineEnd).trimStart();
  }
  return rest;
}

/** Whether the service would take the text as a management command. */
export function isCommand(csl: string): boolean {
  return significant(csl).startsWith('.');
}

export function isShowCommand(csl: string): boolean {
  return /^\.show(?![\w-])/i.test(significant(csl));
}
