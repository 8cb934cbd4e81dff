import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueErrorMessage } from './engine-messages.ts';
import { testHarness } from '../../kql/testing/test-harness.ts';

describe('messages of the engine about values', () => {
  const harness = testHarness([]);

  async function message(expression: string): Promise<string> {
    try {
      return await harness.value(expression);
    } catch (error) {
      return valueErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }

  it('are told in the terms of the query', async () => {
    const expected: Readonly<Record<string, string>> = {
      '9223372036854775807 + 1': 'the result of this addition does not fit a long',
      '-9223372036854775807 - 2': 'the result of this subtraction does not fit a long',
      '9223372036854775807 * 2': 'the result of this multiplication does not fit a long',
      '10000000d * 2': 'the result of this multiplication does not fit a long',
      'abs(tolong("-9223372036854775808"))': 'the least long has no positive counterpart',
      '-long(-9223372036854775808)': 'the least long has no positive counterpart',
      '-tolong("-9223372036854775808")': 'the least long has no positive counterpart',
      'datetime(9999-12-31) + 2d': 'the datetime is out of range',
      'decimal(99999999999999999999) + decimal(1)':
        'the result of this addition does not fit a decimal of 38 digits',
      'toscalar(range x from 1 to 2 step 1 | summarize sum(9223372036854775807))':
        'a number does not fit a long',
    };
    const actual: Record<string, string> = {};
    for (const expression of Object.keys(expected)) actual[expression] = await message(expression);
    assert.deepEqual(actual, expected);
  });
});
