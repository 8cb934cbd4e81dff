import { after, before } from 'node:test';
import { Harness, type Objects, type TestTable } from './harness.ts';

/**
 * A harness for the tests of the `describe`, or of the file, that this is called in: it is open before the first of them, and
 * closed after the last. It compiles before that too.
 */
export function testHarness(tables: readonly TestTable[], objects: Objects = {}): Harness {
  const harness = new Harness(tables, objects);
  before(() => harness.open());
  after(() => {
    harness.close();
  });
  return harness;
}
