/**
 * The KQL that the test files of this package run: every string in them. Whether one is KQL, and whether the endpoint answers
 * it, is for the caller to try.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const literal = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`/g;
const comments = /^\s*\/\/.*$|\/\*[^]*?\*\//gm;
const substitution = /\$\{(\w+)\}/g;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', 0: '\0' };

function unescape(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g, (_all, wide, narrow, one) => {
    const code: unknown = wide ?? narrow;
    if (typeof code === 'string') return String.fromCharCode(Number.parseInt(code, 16));
    return escapes[String(one)] ?? String(one);
  });
}

/**
 * The strings of a TypeScript text. In a template, `${name}` stands for the string that the last `const name = …` before it
 * has; templates with other substitutions are left out.
 */
export function stringsOf(source: string): readonly string[] {
  const text = source.replaceAll(comments, '');
  const constants = new Map<string, string>();
  const found: string[] = [];
  for (const match of text.matchAll(literal)) {
    const [token] = match;
    let whole = true;
    const filled = token.startsWith('`')
      ? token.replaceAll(substitution, (_all, name) => {
          const known = constants.get(String(name));
          whole &&= known !== undefined;
          return known ?? '';
        })
      : token;
    if (!whole || filled.includes('${')) continue;
    found.push(unescape(filled.slice(1, -1)));
    const name = /const (\w+) =\s*$/.exec(text.slice(Math.max(0, match.index - 60), match.index));
    if (name?.[1] !== undefined) constants.set(name[1], filled.slice(1, -1));
  }
  return found;
}

/** The strings of every `*.test.ts` under the folders, without repeats. */
export async function testStrings(folders: readonly string[]): Promise<readonly string[]> {
  const strings = new Set<string>();
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true });
    for (const entry of entries) {
      if (!entry.endsWith('.test.ts')) continue;
      for (const one of stringsOf(await readFile(join(folder, entry), 'utf8'))) strings.add(one);
    }
  }
  return [...strings];
}
