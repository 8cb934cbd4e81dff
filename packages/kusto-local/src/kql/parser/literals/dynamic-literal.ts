import { invalid, unsupported } from '../../refusal.ts';
import { literalType, parseLiteral, parseString, timespanText } from './literals.ts';
import type { SyntaxNode } from '../syntax.ts';
import { datetimeText } from './datetime-text.ts';

/** The JSON text of what stands in `dynamic( … )`; null for `dynamic(null)`. */
export function literalJson(node: SyntaxNode): string | null {
  const json = jsonOf(node);
  return json === 'null' ? null : json;
}

function jsonOf(node: SyntaxNode): string {
  switch (node.kind) {
    case 'NullLiteralExpression':
      return 'null';
    case 'JsonArrayExpression':
      return `[${node
        .list('Values')
        .map((value) => jsonOf(value))
        .join(',')}]`;
    case 'JsonObjectExpression': {
      const pairs = new Map<string, string>();
      for (const pair of node.list('Pairs')) {
        const name = pair.child('Name');
        const value = pair.child('Value');
        if (name === undefined || value === undefined) throw invalid('the bag is incomplete', pair.span);
        pairs.set(parseString(name.text) ?? name.text, jsonOf(value));
      }
      return `{${[...pairs].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
    }
    case 'UnaryMinusExpression': {
      const inner = node.child('Expression');
      if (inner !== undefined) return `-${jsonOf(inner)}`;
      break;
    }
    case 'CompoundStringLiteralExpression':
      return JSON.stringify(
        node
          .list('Tokens')
          .map((token) => parseString(token.text) ?? '')
          .join(''),
      );
    default:
      break;
  }
  const type = literalType(node.kind);
  const value = type === undefined ? undefined : parseLiteral(type, node.text);
  if (value === undefined || type === undefined) {
    throw unsupported(`the dynamic literal '${node.text.slice(0, 60)}'`, node.span);
  }
  if (value === null) return 'null';
  if (typeof value === 'bigint') {
    if (type === 'datetime') return JSON.stringify(datetimeText(value));
    if (type === 'timespan') return JSON.stringify(timespanText(value));
    return value.toString();
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return JSON.stringify(Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity');
  }
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(1) : String(value);
  return JSON.stringify(value);
}
