// SPEC.md names places in the code and titles of tests: each has to be there, or the specification says what nobody holds.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = ['packages', 'e2e', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`),
);
const text = readFileSync(join(root, 'SPEC.md'), 'utf8');
const sections = text.split(/^### /m).slice(1);

describe('SPEC.md', () => {
  it('numbers every invariant and rule once, in order', () => {
    const numbers = sections.map((section) => section.split(' ', 1)[0]);
    const of = (letter, count) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    assert.deepEqual(numbers, [...of('I', 13), ...of('R', 25)]);
  });

  for (const section of sections) {
    const heading = section.slice(0, section.indexOf('\n'));
    it(`${heading}: has a place and a test, and all of them are there`, () => {
      assert.match(section, /^- Held by: /m);
      assert.match(section, /^- Tests: /m);
      let file;
      for (const { isFile, value } of mentions(section)) {
        if (isFile) file = sourceOf(value, file);
        else
          assert.ok(
            titlesOf(file).some((title) => title.test(plain(value))),
            `${file} has no test "${value}"`,
          );
      }
    });
  }
});

/** Files, as `name.ts` or `folder/`, and, where tests are named, titles in quotes; in their order. */
function* mentions(section) {
  for (const [bullet] of section.matchAll(/^- [\s\S]*?(?=^- |\n*$(?![\s\S]))/gm)) {
    const pattern = bullet.startsWith('- Tests:') ? /`([^`\s]*\.ts)`|"([^"]+)"/g : /`([^`\s]*\.ts)`/g;
    for (const [, file, title] of bullet.matchAll(pattern))
      yield file === undefined ? { isFile: false, value: title } : { isFile: true, value: file };
  }
}

/** The file of a name: one from `packages/` or the root, or a base name, the nearest to the file named before. */
function sourceOf(name, before) {
  const fits = files.filter(
    (file) => file === name || file === `packages/${name}` || file.endsWith(`/${name}`),
  );
  const near = fits.filter((file) => before !== undefined && packageOf(file) === packageOf(before));
  const [found, ...others] = near.length > 0 ? near : fits;
  assert.ok(found !== undefined, `there is no file ${name}`);
  assert.deepEqual(others, [], `${name} may be one of several files`);
  return found;
}

const packageOf = (file) => file.split('/').slice(0, 2).join('/');

const read = new Map();
/** The titles in a test file, as patterns: a place that is filled in stands for any text. Strings put together of parts are one. */
function titlesOf(file) {
  assert.ok(file !== undefined, 'a title stands behind its file');
  if (!read.has(file)) {
    const text = readFileSync(join(root, file), 'utf8').replaceAll(/(['"`])\s*\+\s*\1/g, '');
    const calls = text.matchAll(/\b(?:it|describe|test)\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g);
    read.set(
      file,
      [...calls].map(([, , title]) => {
        const parts = title.split(/\$\{[^}]*\}/).map((part) => RegExp.escape(plain(part)));
        return new RegExp(`^${parts.join('.*')}$`);
      }),
    );
  }
  return read.get(file);
}

/** On one line, quotes alike. */
const plain = (value) => value.replaceAll(/\s+/g, ' ').replaceAll(/\\?["'`]/g, "'");
