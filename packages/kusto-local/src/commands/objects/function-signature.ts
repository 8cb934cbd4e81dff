import type { FunctionParameter } from '../../engine/catalog/database-objects.ts';
import { resolveType } from '../../engine/values/kusto-types.ts';
import type { CommandReader } from '../command-reader.ts';
import { behindBrackets, behindLiteral } from '../text-scan.ts';

interface Piece {
  readonly text: string;
  readonly start: number;
}

/** The pieces of `text[from, to)` between the separators that stand outside of literals and brackets. */
function pieces(text: string, separator: string, from: number, to: number): Piece[] {
  const found: Piece[] = [];
  let start = from;
  for (let index = from; index < to;) {
    const literal = behindLiteral(text, index);
    const opens = '([{'.includes(text.charAt(index));
    const next = opens ? (behindBrackets(text, index) ?? index) : literal;
    if (next > index) {
      index = next;
      continue;
    }
    if (text.charAt(index) === separator) {
      found.push({ text: text.slice(start, index), start });
      start = index + 1;
    }
    index += 1;
  }
  found.push({ text: text.slice(start, to), start });
  return found;
}

function unquoted(name: string): string {
  return /^\[\s*(['"])(.*)\1\s*\]$/s.exec(name)?.[2] ?? name;
}

/**
 * Reads `(name:type [= default], …)`; a type is scalar, or `(column:type, …)` or `(*)` for a table.
 *
 * @throws KustoServiceError with the place
 */
export function readParameters(reader: CommandReader): {
  readonly parameters: readonly FunctionParameter[];
  readonly start: number;
} {
  const { text: list, start } = reader.bracketed('(', "the function's parameters");
  const { text } = reader;
  const end = start + list.length - 1;
  if (list.slice(1, -1).trim() === '') return { parameters: [], start };
  const parameters = pieces(text, ',', start + 1, end).map((piece): FunctionParameter => {
    const [nameAndType, value, more] = pieces(text, '=', piece.start, piece.start + piece.text.length);
    const [name, type, rest] = pieces(
      text,
      ':',
      piece.start,
      piece.start + (nameAndType?.text.length ?? 0),
    ).map((part) => part.text.trim());
    if (name === undefined || name === '' || type === undefined || rest !== undefined || more !== undefined) {
      throw reader.error("a parameter is expected here, as 'name: type'", piece.start);
    }
    const scalar = resolveType(type);
    if (scalar === undefined && !type.startsWith('(')) {
      throw reader.error(
        'a scalar type, or the columns of a table in brackets, is expected here',
        piece.start,
      );
    }
    const defaultValue = value?.text.trim();
    return {
      name: unquoted(name),
      type: scalar ?? type.replace(/\s+/g, ' '),
      ...(defaultValue === undefined ? {} : { defaultValue }),
    };
  });
  return { parameters, start };
}
