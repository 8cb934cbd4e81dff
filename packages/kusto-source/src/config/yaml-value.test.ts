import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoSourceError } from '../errors.ts';
import { parseConfig } from './config.ts';
import { parseSourceYaml } from './source-yaml.ts';

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'Source YAML': (text) => parseSourceYaml(text, {}),
  ENTITIES: (ENTITIES) =>
    parseConfig('s', { KUSTO_URI: 'https://help.kusto.windows.net', KUSTO_DATABASE: 'd', ENTITIES }),
};

describe('YAML of an operator', () => {
  for (const [name, read] of Object.entries(readers)) {
    const refuses = (text: string, message: RegExp): void => {
      const began = performance.now();
      assert.throws(
        () => read(text),
        (error) =>
          error instanceof KustoSourceError && message.test(error.message) && error.code === 'CONFIGURATION',
      );
      assert.ok(performance.now() - began < 5_000, 'at once');
    };

    it(`${name}: nesting without end is a mistake, found at once`, () => {
      for (const depth of [40, 400, 1_500, 20_000]) {
        refuses(`${'['.repeat(depth)}${']'.repeat(depth)}`, /nested deeper than 30|call stack/);
        refuses(`${'- '.repeat(depth)}a`, /nested deeper than 30|call stack/);
        // What follows makes the parser itself go back, level by level.
        refuses(`${'- '.repeat(depth)}a\n- b`, /nested deeper than 30|call stack/);
      }
    });

    it(`${name}: a name that is no text is a mistake, found at once`, () => {
      const warnings: Error[] = [];
      const listener = (warning: Error): void => void warnings.push(warning);
      process.on('warning', listener);
      for (const text of ['? a: b\n: c', '{ [a]: b }', `${'? '.repeat(400)}a`, 'a: &x [1]\n? *x\n: b'])
        refuses(text, /a name must be a text/);
      process.off('warning', listener);
      assert.deepEqual(warnings, []);
    });
  }
});
