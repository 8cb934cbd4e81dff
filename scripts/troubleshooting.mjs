// The error codes of docs/troubleshooting.md, written from the comments that document them in the code. `npm run docs` writes them
// anew; a test fails when they are out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
export const page = join(root, 'docs', 'troubleshooting.md');

/** Where codes are defined, and how one looks behind its comment. */
export const sources = [
  {
    title: 'The Source',
    file: 'packages/kusto-source/src/errors.ts',
    code: /^\| '([A-Z_]+)'/,
  },
  {
    title: 'Kusto, and the way to it',
    file: 'packages/kusto-client/src/errors.ts',
    code: /^(KUSTO_[A-Z_]+): '([a-z_]+)'/,
  },
  {
    title: 'Drasi, state and publishing',
    file: 'packages/source-sdk/src/errors.ts',
    code: /^[A-Za-z]+: '([A-Z_]+)'/,
  },
];

/** The codes of a file's text, each with its comment as one paragraph and, where there is one, what may help. */
export function codesOf(text, { code }) {
  return [...text.matchAll(/^ *\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(.*)$/gm)].flatMap(([, comment, line]) => {
    const match = code.exec(line);
    if (match === null) return [];
    const words = comment
      .replaceAll(/^ *\* ?/gm, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
    return [{ code: match[1], retry: match[2], words }];
  });
}

const begin = '<!-- codes: written by npm run docs -->';
const end = '<!-- end of codes -->';

const help = {
  permanent: 'no',
  denied: 'when someone grants it',
  transient: 'yes',
  throttled: 'yes, later',
  too_large: 'smaller parts',
  unreachable: 'yes, slowly',
};

/** The page with its codes as the code has them now. */
export async function freshPage() {
  const text = await readFile(page, 'utf8');
  const [head, rest] = [text.indexOf(begin), text.indexOf(end)];
  if (head < 0 || rest < head) throw new Error(`${page} has lost the marks around its codes`);
  const sections = [];
  for (const source of sources) {
    const codes = codesOf(await readFile(join(root, source.file), 'utf8'), source);
    const repeats = codes.some(({ retry }) => retry !== undefined);
    const titles = ['code', 'what it means, and what to do', ...(repeats ? ['repeating helps'] : [])];
    const rows = codes.map(({ code, words, retry }) => [
      `<a id="${code.toLowerCase()}"></a>\`${code}\``,
      words.replaceAll('|', String.raw`\|`),
      ...(repeats ? [help[retry]] : []),
    ]);
    const table = [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
    sections.push(
      `### ${source.title}\n\nDefined in [${source.file}](../${source.file}).\n\n${table.join('\n')}\n`,
    );
  }
  return `${text.slice(0, head)}${begin}\n\n${sections.join('\n')}\n${text.slice(rest)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(page, await freshPage());
  process.stdout.write('docs/troubleshooting.md\n');
}
