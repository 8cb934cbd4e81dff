// Each invariant is shown a history that keeps it, and one that breaks it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoRequest } from '../kusto-request.ts';
import { profileNamed } from '../profiles.ts';
import type { WireElement } from '../wire-log.ts';
import { allInvariants } from './all-invariants.ts';
import type { Difference, RunEvent } from './invariant.ts';

const publish = (...sizes: readonly number[]): RunEvent => ({
  what: 'publish begins',
  changes: sizes.map((size) => Buffer.alloc(size)),
  maxBatchBytes: 100,
});
const acknowledged: RunEvent = { what: 'publish acknowledged' };
const inDoubt: RunEvent = { what: 'publish in doubt' };
const begins: RunEvent = { what: 'life begins' };
const at = (cursor: string, scannedAt = 0) => ({ entities: { Row: { cursor, scannedAt } } });
const checkpoint = (...of: Parameters<typeof at>): readonly RunEvent[] => [
  { what: 'checkpoint begins', checkpoint: at(...of) },
  { what: 'checkpoint ends' },
];
const stopped = (cursor: string): RunEvent => ({ what: 'life ends cleanly', checkpoint: at(cursor) });
const request = (
  kind: KustoRequest['kind'],
  upTo?: string,
  service: KustoRequest['service'] = 'feed',
  text = `${kind} ${upTo}`,
): KustoRequest => ({ service, kind, text, after: upTo === undefined ? undefined : '0', upTo });
const asked = (of: KustoRequest): RunEvent => ({ what: 'request begins', request: of });
const ended = (of: KustoRequest, whole: boolean): RunEvent => ({ what: 'request ends', request: of, whole });
const read = (of: KustoRequest, whole: boolean): readonly RunEvent[] => [asked(of), ended(of, whole)];
const row = (id: string, k1: string, k2: bigint | number | null): WireElement => ({
  id,
  labels: ['Row'],
  properties: { k1, k2 },
});
const change = (op: 'u' | 'd', element: WireElement, timestampNs = 1n): RunEvent => ({
  what: 'change',
  op,
  element,
  timestampNs,
});
const differs = (kind: Difference['kind']): RunEvent => ({
  what: 'reader differs',
  reader: 'reader 1',
  differences: [{ kind, text: 'Row:a,1 differs' }],
});

const one = row('Row:a,1', 'a', 1);
const window = request('window rows', '2');
const digest = request('digest');

const histories: Readonly<
  Record<
    string,
    { readonly kept: readonly (readonly RunEvent[])[]; readonly broken: readonly (readonly RunEvent[])[] }
  >
> = {
  I1: { kept: [[change('u', one)]], broken: [[differs('missing')], [differs('value')]] },
  I2: {
    kept: [
      [publish(1), acknowledged, ...checkpoint('1')],
      [publish(1), inDoubt, publish(1), acknowledged, ...checkpoint('1')],
      [
        ...checkpoint('1'),
        ...read(window, true),
        publish(1),
        acknowledged,
        publish(1),
        acknowledged,
        ...checkpoint('2'),
      ],
      // The next life publishes it again.
      [publish(1), begins, ...checkpoint('1')],
    ],
    broken: [
      [...read(window, true), ...checkpoint('2'), publish(1), acknowledged],
      [publish(1), ...checkpoint('1')],
      [publish(1), inDoubt, ...checkpoint('1')],
    ],
  },
  I3: {
    kept: [[change('u', one, 5n), change('u', one, 5n), change('d', one, 6n)]],
    broken: [
      [change('u', one, 5n), change('u', one, 4n)],
      [publish(1), publish(1)],
    ],
  },
  I4: {
    kept: [[{ what: 'element', element: one }, change('u', row('Row:a%2Cb,2', 'a,b', 2))]],
    broken: [
      [{ what: 'element', element: row('a,1', 'a', 1) }],
      [change('u', row('Row:a,2', 'a', 1))],
      [{ what: 'element', element: { ...one, labels: ['Other'] } }],
    ],
  },
  I5: {
    kept: [
      [{ what: 'ids may be live', ids: [one.id] }, change('d', one)],
      [{ what: 'element', element: one }, change('d', one)],
    ],
    broken: [[change('u', one), change('d', row('Row:a,2', 'a', 2))]],
  },
  I6: {
    kept: [
      [...checkpoint('1'), ...read(window, true), ...read(request('snapshot rows', '2', 'bootstrap'), true)],
    ],
    broken: [
      read(window, true),
      read(request('snapshot rows', '2', 'bootstrap'), true),
      [{ what: 'checkpoint begins', checkpoint: at('1') }, asked(window)],
    ],
  },
  I7: {
    kept: [
      [...checkpoint('1'), ...read(window, true), ...read(digest, true)],
      [...checkpoint('1'), asked(window), asked(request('snapshot rows', '2', 'bootstrap'))],
      [...checkpoint('1'), asked(window), asked(request('other'))],
      [...checkpoint('1'), asked(digest), ...read(window, true), asked(request('hashes', '2'))],
      [...checkpoint('1'), asked(request('snapshot rows', '1')), asked(request('snapshot rows', '1'))],
    ],
    broken: [
      [...checkpoint('1'), asked(window), asked(request('hashes', '2'))],
      [...checkpoint('1'), asked(window), asked(request('snapshot rows', '2'))],
      [...checkpoint('1'), asked(digest), asked(window), asked(request('digest', '2'))],
    ],
  },
  I8: { kept: [[publish(48, 48), acknowledged, publish(200)]], broken: [[publish(48, 50)]] },
  I9: {
    kept: [
      [...checkpoint('1'), ...read(window, true), ...checkpoint('2')],
      [...checkpoint('1'), ...read(window, false), ...read(window, true), ...checkpoint('2')],
      [
        ...checkpoint('1'),
        ...read(window, false),
        ...read(request('window rows', '3'), true),
        ...checkpoint('3'),
      ],
      [
        ...checkpoint('1'),
        ...read(window, false),
        asked(request('schema')),
        ...read(request('window rows', '2', 'feed', 'sliced'), true),
        ...checkpoint('2'),
      ],
      [...checkpoint('1'), ...read(digest, false), ...checkpoint('2')],
      [...checkpoint('1'), ...read(digest, false), begins, ...read(digest, true), ...checkpoint('1', 7)],
    ],
    broken: [
      [...checkpoint('1'), ...read(window, false), ...checkpoint('2')],
      [...checkpoint('1'), ...read(window, true), ...read(window, false), ...checkpoint('2')],
      [
        ...checkpoint('1'),
        ...read(window, false),
        ...read(request('window rows', '2', 'feed', 'another slice'), true),
        ...checkpoint('2'),
      ],
      [...checkpoint('1'), ...read(window, false), asked(request('schema')), ...checkpoint('2')],
      [...checkpoint('1'), ...read(digest, false), ...checkpoint('1', 7)],
    ],
  },
  I11: {
    kept: [
      [change('u', row('Row:%D0%BA', 'ключ 東京', 9_007_199_254_740_993n))],
      [change('u', row('Row:x', 'bulk 120', 120))],
    ],
    broken: [[change('u', row('Row:x', 'ключ 東京', 9_007_199_254_740_992n))], [differs('digits')]],
  },
  I12: {
    kept: [
      [publish(1), acknowledged, ...checkpoint('2'), stopped('2')],
      [...checkpoint('2'), begins, stopped('2')],
    ],
    broken: [
      [...checkpoint('1'), publish(1), inDoubt, stopped('1')],
      [...checkpoint('1'), ...checkpoint('2'), stopped('1')],
    ],
  },
  I13: { kept: [[differs('missing')]], broken: [[differs('ghost')]] },
};

/** Whether an invariant is broken by a history; others may be, too. */
function breaks(name: string, events: readonly RunEvent[]): boolean {
  const only = allInvariants(profileNamed('latest')).of(name);
  for (const event of events) only.take(event, 1);
  return only.broken?.message.startsWith(`${name}: `) === true;
}

describe('invariants of a run', () => {
  for (const [name, { kept, broken }] of Object.entries(histories))
    it(`${name} is kept by a right history, and broken by a wrong one`, () => {
      for (const [number, events] of kept.entries())
        assert.equal(breaks(name, events), false, `right history ${number}`);
      for (const [number, events] of broken.entries())
        assert.equal(breaks(name, events), true, `wrong history ${number}`);
    });

  it('are all there, but for I10, which knows the plan', () => {
    assert.deepEqual(
      allInvariants(profileNamed('latest')).names,
      Array.from({ length: 13 }, (_, index) => `I${index + 1}`).filter((name) => name !== 'I10'),
    );
  });

  it('take a publish of an earlier life behind one of a later for two that both win (I7)', () => {
    const all = allInvariants(profileNamed('latest')).of('I7');
    all.take(publish(1), 2);
    all.take(acknowledged, 2);
    all.take(publish(1), 1);
    assert.match(all.broken?.message ?? '', /^I7: life 1 publishes after life 2 has/);
  });

  it('take digests that broke for those of another entity where there are several (I9)', () => {
    for (const [kind, isBroken] of [
      ['digest', false],
      ['hashes', true],
    ] as const) {
      const all = allInvariants(profileNamed('graph')).of('I9');
      for (const event of [...checkpoint('1'), ...read(request(kind), false), ...checkpoint('1', 7)])
        all.take(event, 1);
      assert.equal(all.broken !== undefined, isBroken, kind);
    }
  });

  it('of order are not judged by time where scans find older rows again, and deletes not where none are seen', () => {
    const reverted = [change('u', one, 5n), change('u', one, 4n)];
    const dated = allInvariants(profileNamed('latest-scan')).of('I3');
    for (const event of reverted) dated.take(event, 1);
    assert.equal(dated.broken, undefined);
    const blind = allInvariants(profileNamed('append')).of('I5');
    blind.take({ what: 'ids may be live', ids: [one.id] }, 1);
    blind.take(change('d', one), 1);
    assert.match(blind.broken?.message ?? '', /which this detection never sees/);
  });
});
