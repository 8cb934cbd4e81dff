import type { Check } from '../check.ts';
import { expect } from '../check.ts';
import type { SourceUnderTest } from '../source-under-test.ts';
import { readMessage } from '../wire-shape.ts';
import type { WireChange } from '../wire-shape.ts';
import { haveOneLabel } from './one-label.ts';

const DAY_NS = 86_400n * 1_000_000_000n;
/** What Dapr passes on by default, bytes. */
const DAPR_LIMIT = 4 * 1024 * 1024;

/** At least three messages of a running reactivator, whoever started it. */
async function messages(source: SourceUnderTest): Promise<SourceUnderTest['dapr']['published']> {
  await source.reactivatorUrl();
  for (let count = source.dapr.published.length; count < 3; count = source.dapr.published.length)
    await source.published(count);
  return source.dapr.published;
}

async function changes(source: SourceUnderTest): Promise<readonly WireChange[]> {
  return (await messages(source)).flatMap(({ body }) => readMessage(body, source.options.sourceId));
}

export const changeChecks: readonly Check[] = [
  {
    id: 'change-topic',
    title: 'changes are published to the topic <SOURCE_ID>-change of PUBSUB, as application/json',
    level: 'must',
    why: 'the change router reads there; with another content type Dapr rounds 64-bit integers in its envelope, or packs the body as text',
    async run(source) {
      for (const { pubsub, topic, contentType } of await messages(source)) {
        expect(topic === source.topic, `a message went to the topic "${topic}", not "${source.topic}"`);
        expect(pubsub === 'drasi-pubsub', `a message went to "${pubsub}", not to what PUBSUB names`);
        expect(
          contentType !== undefined && /^application\/json\b/.test(contentType),
          `the content type is ${contentType ?? 'missing'}`,
        );
      }
      return source.topic;
    },
  },
  {
    id: 'change-shape',
    title: 'a message is an array of changes in the form the platform parses, integers as digits',
    level: 'must',
    why: 'ts_ns that is no unsigned integer makes the router fail for ever on this message; an lsn that is none ends the query',
    async run(source) {
      return `${(await changes(source)).length} changes`;
    },
  },
  {
    id: 'change-nanoseconds',
    title: 'reactivatorStart_ns is the time now in nanoseconds',
    level: 'should',
    why: 'latencies are computed from it; milliseconds or microseconds in its place are a common mistake',
    async run(source) {
      const now = BigInt(Date.now()) * 1_000_000n;
      for (const { id, startNs } of await changes(source))
        expect(
          startNs > now - DAY_NS && startNs < now + DAY_NS,
          `that of "${id}" is ${startNs}, now is ${now}`,
        );
      return 'as the clock says';
    },
  },
  {
    id: 'change-lsn',
    title: 'lsn are unique and increase',
    level: 'should',
    why: 'the platform hands them on as the sequence of a change; a consumer that drops duplicates would drop changes',
    async run(source) {
      let last = -1n;
      const all = await changes(source);
      for (const { id, lsn } of all) {
        expect(lsn > last, `"${id}" has ${lsn} after ${last}`);
        last = lsn;
      }
      return `${all.length} of them`;
    },
  },
  {
    id: 'change-upserts',
    title: 'values are published as updates (u), never as inserts (i)',
    level: 'must',
    why: 'messages are repeated, by Dapr and after a crash: an insert of a known id counts twice, and no delete undoes it',
    async run(source) {
      const insert = (await changes(source)).find(({ op }) => op === 'i');
      expect(insert === undefined, `"${insert?.id ?? ''}" was published with op "i"`);
      return 'no insert';
    },
  },
  {
    id: 'change-label',
    title: 'a change has one label',
    level: 'should',
    why: 'the change router drops an element when any of its labels has no subscriber',
    run: async (source) => haveOneLabel(await changes(source)),
  },
  {
    id: 'change-size',
    title: 'a message is smaller than what Dapr passes on',
    level: 'must',
    why: 'above 4 MB Dapr refuses it, every time',
    async run(source) {
      const largest = (await messages(source)).reduce(
        (max, { body }) => Math.max(max, Buffer.byteLength(body)),
        0,
      );
      expect(largest < DAPR_LIMIT, `one has ${largest} bytes`);
      return `at most ${largest} bytes`;
    },
  },
];
