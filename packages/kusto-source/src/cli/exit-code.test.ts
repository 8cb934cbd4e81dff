import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoError } from '@drasi-kusto/kusto-client';
import { FatalSourceError } from '@drasi-kusto/source-sdk';
import { KustoSourceError } from '../errors.ts';
import { describeError } from '../describe-error.ts';
import { exitCodeOf } from './exit-code.ts';

describe('exit codes', () => {
  it('tell configuration, unreachable, denied and other failures apart, also through a wrapper', () => {
    const wrapped = (cause: Error): Error => new FatalSourceError('X', 'stopped', { cause });
    const cases: readonly (readonly [Error, number])[] = [
      [new KustoSourceError('CONFIGURATION', 'x'), 2],
      [new KustoError('KUSTO_BAD_REQUEST', 'x'), 2],
      [new KustoError('KUSTO_UNREACHABLE', 'x'), 3],
      [new KustoError('KUSTO_DENIED', 'x'), 4],
      [new KustoError('KUSTO_CREDENTIAL', 'x'), 4],
      [new KustoError('KUSTO_INCOMPLETE', 'x'), 1],
      [new FatalSourceError('OUTPUT_CLOSED', 'x'), 0],
      [new Error('x'), 1],
    ];
    for (const [error, code] of cases) {
      assert.equal(exitCodeOf(error), code, error.message);
      assert.equal(exitCodeOf(wrapped(error)), code);
    }
  });

  it('bounds what is said of an error', () => {
    assert.ok(describeError(new Error(`a\n${'x'.repeat(100_000)}`)).length < 2500);
  });
});
