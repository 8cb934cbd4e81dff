// The programs of a checkout start on Node 20 and go on with the workspace's own: an import of a name that Node 20 has not is a
// SyntaxError there, before the first line runs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const root = new URL('../../../', import.meta.url);
const programs = [
  'packages/kusto-source/bin/drasi-kusto.mjs',
  'packages/kusto-local/bin/kusto-local.mjs',
  'scripts/launch.mjs',
];
/** What the programs may import by name; all of it is in Node 20. */
const known = new Set(
  'spawn availableParallelism existsSync delimiter dirname join fileURLToPath'.split(' '),
);

describe('Node 20', () => {
  for (const program of programs)
    it(`has every name that ${program} imports`, () => {
      const text = readFileSync(new URL(program, root), 'utf8');
      const imports = [...text.matchAll(/^import \{([^}]*)\} from 'node:/gm)];
      assert.ok(imports.length > 0);
      const names = imports.flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
      assert.deepEqual(
        names.filter((name) => name !== '' && !known.has(name)),
        [],
      );
    });
});
