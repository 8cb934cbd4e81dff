import { stripVTControlCharacters } from 'node:util';

/** Text from outside, safe on a terminal: no control characters, one line. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 3))}...`;
}

/** Breaks at spaces, or only behind commas; lines after the first begin with `indent` spaces. */
export function wrap(text: string, width: number, indent: number, at: RegExp = / /): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(at)) {
    if (line.trim() !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** `12345` as `12,345`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** `$950`, `$12.5K`, `$76.1M`. */
export function dollars(value: number): string {
  const amount = Math.abs(value);
  const sign = value < 0 ? '-' : '';
  if (amount < 1000) return `${sign}$${amount}`;
  const [unit, letter] = amount < 999_950 ? [1e3, 'K'] : amount < 999_950_000 ? [1e6, 'M'] : [1e9, 'B'];
  return `${sign}$${(amount / unit).toFixed(1).replace(/\.0$/, '')}${letter}`;
}

/** With its sign, also when it is positive. */
export function signed(value: number, format: (value: number) => string): string {
  return value > 0 ? `+${format(value)}` : format(value);
}
