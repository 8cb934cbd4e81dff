// What the README says can be looked up: its example is the one that is tested, and every file it names is there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import * as sdk from '../src/index.ts';

const folder = new URL('../', import.meta.url);
const readme = await readFile(new URL('README.md', folder), 'utf8');

describe('README', () => {
  it('shows the example as it is', async () => {
    const example = await readFile(new URL('examples/counter/counter.ts', folder), 'utf8');
    assert.ok(
      readme.includes(`\`\`\`ts\n${example}\`\`\`\n`),
      'the example in README.md is not examples/counter/counter.ts',
    );
  });

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path = '']) => path);
    assert.ok(links.length > 20);
    for (const link of links) assert.ok(existsSync(new URL(link, folder)), link);
  });

  it('has, in the comparison, a file for each of our ticks', () => {
    const rows = readme.slice(readme.indexOf('## Beside the other SDKs')).split('\n');
    const cells = rows
      .filter((row) => row.startsWith('| ') && !row.startsWith('| |'))
      .map((row) => row.split(' | '));
    assert.ok(cells.length > 20);
    for (const row of cells) {
      assert.equal(row.length, 6, row[0]);
      assert.match(row[4] ?? '', /^✓/, row[0]);
      assert.match(row[5] ?? '', /\]\(src\//, row[0]);
    }
  });

  it('names what the package exports', () => {
    const exported = new Set(Object.keys(sdk));
    for (const name of [
      'createSource',
      'pushMonitor',
      'readSettings',
      'readIdentity',
      'TypedState',
      'startOtlp',
      'openPublisher',
    ]) {
      assert.ok(exported.has(name), name);
      assert.ok(readme.includes(name), name);
    }
  });
});
