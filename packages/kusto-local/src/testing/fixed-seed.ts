/**
 * For tests, imported for its effect by every file that uses fast-check: a plain run makes the same random cases every time. A
 * failure names its seed and path. `TEST_SEED` is another seed, or `random`, and is printed.
 */
import { configureGlobal } from 'fast-check';

const given = process.env['TEST_SEED'];

export const testSeed =
  given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given ?? 20_250_101);
if (!Number.isSafeInteger(testSeed)) throw new Error(`TEST_SEED is an integer or "random", not ${given}`);
if (given !== undefined) process.stdout.write(`TEST_SEED=${testSeed}\n`);

configureGlobal({ seed: testSeed });
