/** The support matrix as Markdown. */
import type { Support, SupportRow } from './support-rows.ts';
import { shareText } from './support-rows.ts';

function table(rows: readonly SupportRow[]): string {
  const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const lines = sorted.map(
    ({ name, supported, note }) =>
      `| \`${name}\` | ${supported ? 'yes' : 'no'} | ${note.replaceAll('|', String.raw`\|`)} |`,
  );
  return ['| name | supported | notes |', '|---|---|---|', ...lines].join('\n');
}

function section(title: string, rows: readonly SupportRow[]): string {
  const families = [...new Set(rows.map((row) => row.family))].sort();
  const parts = families.map((family) => {
    const heading =
      families.length === 1 ? '' : `### ${family.charAt(0).toUpperCase()}${family.slice(1)}\n\n`;
    return `${heading}${table(rows.filter((row) => row.family === family))}\n`;
  });
  return `## ${title}\n\n${parts.join('\n')}`;
}

export function matrixText(support: Support): string {
  return `# KQL that kusto-local executes

Made by \`npm run kql-support -w kusto-local\` from the compiler's own tables; a test fails when it is out of date. What is
not supported is refused with an error at its place in the text. Geospatial functions, graphs, series analysis and machine
learning are left out but for the parts listed with a yes; the shares do not count them.

- ${shareText('Scalar functions', support.functions)}
- ${shareText('Aggregates', support.aggregates)}
- ${shareText('Tabular operators', support.operators)}
- ${shareText('Operators of expressions', support.scalarOperators)}
- ${shareText('Sources and statements', support.sources)}
- ${shareText('Plugins', support.plugins)}

${section('Tabular operators', support.operators)}
${section('Sources and statements', support.sources)}
${section('Operators of expressions', support.scalarOperators)}
${section('Scalar functions', support.functions)}
${section('Aggregates', support.aggregates)}
${section('Plugins', support.plugins)}`;
}
