import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryStateStore, type ChangeBatch, type EncodedChange } from '@drasi-kusto/source-sdk';
import { publishDeletes, publishNews, publishUpserts } from './entity-index.ts';
import type { KeyEntry } from './key-entry.ts';
import { HandOverJournal } from './hand-over-journal.ts';
import { KeyIndex } from './key-index.ts';
import { key } from './testing/keys.ts';

const store = new MemoryStateStore();
let names = 0;

/** An index, and what a process that starts now would find of a key. */
async function begin(): Promise<{
  readonly index: { readonly keys: KeyIndex };
  readonly stored: (id: string) => Promise<KeyEntry | undefined>;
}> {
  names += 1;
  const options = { store, name: `index-${names}`, bucketCount: 2, epoch: 'e', probe: 'p' };
  const keys = await KeyIndex.open(options);
  const stored = async (id: string): Promise<KeyEntry | undefined> =>
    (await (await KeyIndex.open(options)).find([key(id, 2)])).get(id);
  return { index: { keys }, stored };
}

const upsert = (id: string): EncodedChange => ({
  op: 'u',
  table: 'node',
  element: Buffer.from(JSON.stringify({ id })),
  timestampNs: 0n,
});

/** Calls `amid` while the changes are on their way: yielded, and not acknowledged. */
async function publish(batches: AsyncGenerator<ChangeBatch>, amid: () => Promise<void>): Promise<void> {
  for await (const { changes } of batches) if (changes.length > 0) await amid();
}

describe('what is published of an entity with an index', () => {
  const [old, now] = [key('N:1', 2, 1), key('N:1', 2, 2)];

  it('is in the index before a byte of it leaves, and known after the acknowledgement (R6)', async () => {
    const { index, stored } = await begin();
    let isAmid = false;
    await publish(publishUpserts(index, { changes: [upsert('N:1')], entries: [old] }), async () => {
      assert.deepEqual(await stored('N:1'), key('N:1', 2));
      isAmid = true;
    });
    assert.ok(isAmid);
    assert.deepEqual(await stored('N:1'), old);
  });

  it('is unknown while it changes: readers have one state or the other (R6)', async () => {
    const { index, stored } = await begin();
    await publish(publishUpserts(index, { changes: [upsert('N:1')], entries: [old] }), async () => {});
    await publish(publishUpserts(index, { changes: [upsert('N:1')], entries: [now] }), async () => {
      assert.deepEqual(await stored('N:1'), key('N:1', 2));
    });
    assert.deepEqual(await stored('N:1'), now);
  });

  it('leaves the index after its delete is acknowledged, and not before (R6)', async () => {
    const { index, stored } = await begin();
    await publish(publishUpserts(index, { changes: [upsert('N:1')], entries: [old] }), async () => {});
    let isAmid = false;
    await publish(publishDeletes(index, { kind: 'node', label: 'N' }, [old]), async () => {
      assert.deepEqual(await stored('N:1'), key('N:1', 2));
      isAmid = true;
    });
    assert.ok(isAmid);
    assert.equal(await stored('N:1'), undefined);
  });

  it('is what readers do not have yet, of news, and the end comes with it all the same', async () => {
    const index = {
      ...(await begin()).index,
      journal: await HandOverJournal.open({ store }),
      quiet: () => true,
    };
    const other = key('N:2', 2, 5);
    await publish(publishUpserts(index, { changes: [upsert('N:1')], entries: [old] }), async () => {});
    const batches = await Array.fromAsync(
      publishNews(
        index,
        { changes: [upsert('N:1'), upsert('N:2')], entries: [old, other] },
        { checkpoint: 9 },
      ),
    );
    assert.deepEqual(batches, [{ changes: [upsert('N:2')], checkpoint: 9 }]);
    assert.deepEqual(
      await Array.fromAsync(
        publishNews(index, { changes: [upsert('N:1')], entries: [old] }, { checkpoint: 10 }),
      ),
      [{ changes: [], checkpoint: 10 }],
    );
  });

  it('is all of it while a bootstrap is under way, which may have read while the key was away (R7)', async () => {
    const journal = await HandOverJournal.open({ store });
    const index = { ...(await begin()).index, journal, quiet: () => false };
    await publish(publishUpserts(index, { changes: [upsert('N:1')], entries: [old] }), async () => {});
    const again = { changes: [upsert('N:1')], entries: [old] };
    const [batch] = await Array.fromAsync(publishNews(index, again));
    assert.equal(batch?.changes.length, 1);
    await journal.append('s', 2, [key('N:2', 2, 1)]);
    const [ended] = await Array.fromAsync(publishNews({ ...index, quiet: () => true }, again));
    assert.equal(ended?.changes.length, 1, 'what it handed over is not in the index yet');
  });
});
