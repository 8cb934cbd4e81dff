/** Writes the support matrix. Run by `npm run kql-support -w kusto-local`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createHarness, stormEvents, stormObjects } from '../../src/kql/testing/harness.ts';
import { matrixText } from './matrix-text.ts';
import { supportOf } from './support-rows.ts';

const file = new URL('../../docs/kql-support.md', import.meta.url);
const harness = await createHarness([stormEvents], stormObjects);
try {
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, matrixText(supportOf(harness)));
} finally {
  harness.close();
}
