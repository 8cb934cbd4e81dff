/** `render` (page "render operator"): the chart as the service tells it to clients. */
import { parseString } from './literals/literals.ts';
import type { SyntaxNode } from './syntax.ts';

/** The names that the service's answer has for the properties. */
const names: Readonly<Record<string, string>> = {
  accumulate: 'Accumulate',
  anomalycolumns: 'AnomalyColumns',
  kind: 'Kind',
  legend: 'Legend',
  series: 'Series',
  title: 'Title',
  xaxis: 'XAxis',
  xcolumn: 'XColumn',
  xmax: 'Xmax',
  xmin: 'Xmin',
  xtitle: 'XTitle',
  yaxis: 'YAxis',
  ycolumns: 'YColumns',
  ymax: 'Ymax',
  ymin: 'Ymin',
  ysplit: 'YSplit',
  ytitle: 'YTitle',
};

function nameOf(node: SyntaxNode): string {
  return node.symbol?.name ?? node.text;
}

function propertyValue(node: SyntaxNode): unknown {
  switch (node.kind) {
    case 'NameReferenceList':
      return node.list('Names').map((name) => nameOf(name));
    case 'StringLiteralExpression':
      return parseString(node.text);
    case 'BooleanLiteralExpression':
      return node.text.toLowerCase() === 'true';
    case 'IntLiteralExpression':
    case 'LongLiteralExpression':
    case 'RealLiteralExpression': {
      const number = Number(node.text);
      return Number.isFinite(number) ? number : node.text;
    }
    default:
      return nameOf(node);
  }
}

/** The `Visualization` property of an answer: JSON text with the chart and the properties that the query sets. */
export function visualization(node: SyntaxNode): string {
  const chart: Record<string, unknown> = { Visualization: node.child('ChartType')?.text ?? 'table' };
  const properties = node.child('WithClause')?.list('Properties') ?? [];
  for (const property of properties) {
    const written = property.child('Name')?.text ?? '';
    const value = property.child('Expression');
    if (value !== undefined) chart[names[written.toLowerCase()] ?? written] = propertyValue(value);
  }
  return JSON.stringify(chart);
}
