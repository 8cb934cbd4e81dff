import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoError } from '@drasi-kusto/kusto-client';
import { askInParts } from './ask-in-parts.ts';

const tooLarge = (): KustoError => new KustoError('KUSTO_TOO_LARGE', 'too large');

describe('a question about many', () => {
  it('is asked in halves where it is too much, in order, down to one', async () => {
    const asked: string[] = [];
    await askInParts(['a', 'b', 'c', 'd', 'e'], async (part) => {
      if (part.length > 2) throw new KustoError('KUSTO_TIMEOUT', 'slow', { status: 504 });
      if (part.join('') === 'ab') throw new KustoError('KUSTO_PARTIAL_FAILURE', 'E_LOW_MEMORY_CONDITION');
      asked.push(part.join(''));
    });
    assert.deepEqual(asked, ['a', 'b', 'c', 'de']);
  });

  it('fails when one is too much, or by any other error', async () => {
    await assert.rejects(
      askInParts([1, 2], async () => {
        throw tooLarge();
      }),
      { code: 'KUSTO_TOO_LARGE' },
    );
    let times = 0;
    const refused = askInParts([1, 2], async () => {
      times += 1;
      throw new KustoError('KUSTO_TIMEOUT', 'the network is slow');
    });
    await assert.rejects(refused, { code: 'KUSTO_TIMEOUT' });
    assert.equal(times, 1, 'a time-out without an answer says nothing of the question');
  });
});
