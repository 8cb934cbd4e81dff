/** `parse-kv`: from the bound syntax tree to our own. */
import { invalid, unsupported } from '../../refusal.ts';
import { convertLiteral } from '../convert-expression.ts';
import type { Converter } from '../converter.ts';
import { declaredColumn, differentNames } from './convert-parse.ts';
import { required } from '../parameters.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { ParseKvOperator } from '../tree/tree-parse.ts';

interface Properties {
  readonly texts: ReadonlyMap<string, string>;
  readonly quotes: readonly (readonly [string, string])[];
  readonly escapes: readonly string[];
  readonly greedy: boolean;
}

function quote(text: string, node: SyntaxNode): readonly [string, string] {
  const characters = Array.from(text);
  const [open, close = open] = characters;
  if (open === undefined || close === undefined || characters.length > 2) {
    throw invalid('a quote of parse-kv is one character, or an opening and a closing one', node.span);
  }
  return [open, close];
}

function readProperties(node: SyntaxNode, converter: Converter): Properties {
  const texts = new Map<string, string>();
  const quotes: (readonly [string, string])[] = [];
  const escapes: string[] = [];
  let greedy = false;
  for (const property of node.child('WithClause')?.list('Properties') ?? []) {
    const name = property.child('Name')?.text ?? '';
    const { value } = convertLiteral(required(property, 'Expression'), converter);
    if (name === 'greedy' && typeof value === 'boolean') {
      greedy = value;
    } else if (typeof value !== 'string' || value === '') {
      throw invalid(`the value of '${name}' is not a text`, property.span);
    } else if (name === 'quote') {
      quotes.push(quote(value, property));
    } else if (name === 'escape') {
      if (value.length !== 1) throw invalid('an escape of parse-kv is one character', property.span);
      escapes.push(value);
    } else if (['kv_delimiter', 'pair_delimiter', 'regex'].includes(name) && !texts.has(name)) {
      texts.set(name, value);
    } else {
      throw unsupported(`the property '${name}' of parse-kv here`, property.span);
    }
  }
  return { texts, quotes, escapes, greedy };
}

export function convertParseKv(node: SyntaxNode, converter: Converter): ParseKvOperator {
  const { texts, quotes, escapes, greedy } = readProperties(node, converter);
  const pair = texts.get('pair_delimiter');
  const keyValue = texts.get('kv_delimiter');
  const regex = texts.get('regex');
  if ((pair === undefined) !== (keyValue === undefined)) {
    throw invalid('parse-kv takes pair_delimiter and kv_delimiter together', node.span);
  }
  if (regex !== undefined && (pair !== undefined || quotes.length > 0 || escapes.length > 0)) {
    throw invalid('parse-kv with a regex takes no delimiters, quotes and escapes', node.span);
  }
  if (greedy && pair === undefined) throw invalid('greedy goes with delimiters only', node.span);
  if (escapes.length > 0 && quotes.length === 0) throw invalid('escape goes with quote only', node.span);
  const keys = required(node, 'Keys')
    .list('Columns')
    .map((column) => declaredColumn(column));
  const split = keys.find(({ name }) => !/^[\p{L}\p{N}]+$/u.test(name));
  if (split !== undefined && pair === undefined && regex === undefined && quotes.length === 0) {
    throw unsupported(`the key '${split.name}', which has a delimiter in it,`, node.span);
  }
  return {
    kind: 'parse-kv',
    expression: converter.expression(required(node, 'Expression')),
    keys,
    regex,
    delimiters: pair === undefined || keyValue === undefined ? undefined : { pair, keyValue },
    quotes,
    escapes,
    greedy,
    columns: differentNames(node),
    span: node.span,
  };
}
