import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { KUSTO_ERROR_CODES } from '../packages/kusto-client/src/errors.ts';
import { ErrorCode } from '../packages/source-sdk/src/errors.ts';
import { codesOf, freshPage, page, sources } from './troubleshooting.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const textOf = ({ file }) => readFile(join(root, file), 'utf8');
const [ofSource, ofClient, ofSdk] = await Promise.all(
  sources.map(async (source) => codesOf(await textOf(source), source)),
);
const names = (codes) => codes.map(({ code }) => code).toSorted();

describe('docs/troubleshooting.md', () => {
  it('has the codes as the code has them', async () => {
    assert.equal(await readFile(page, 'utf8'), await freshPage(), 'run "npm run docs" and commit the result');
  });

  it('leaves no code out', async () => {
    assert.deepEqual(names(ofClient), Object.keys(KUSTO_ERROR_CODES).toSorted());
    assert.deepEqual(names(ofSdk), Object.values(ErrorCode).toSorted());
    const inType = (await textOf(sources[0])).matchAll(/\| '([A-Z_]+)'/g);
    assert.deepEqual(names(ofSource), [...inType].map(([, code]) => code).toSorted());
  });

  it('says of each what to do, in whole sentences', () => {
    for (const { code, words } of [...ofSource, ...ofClient, ...ofSdk]) assert.match(words, /^\S.*\.$/, code);
  });
});
