import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { decodeChange } from './engine-feed.ts';
import type { QuickstartEvent } from './events.ts';
import { jsonView } from './json-view.ts';
import { quickstartQueries } from './queries.ts';
import { terminalView } from './terminal-view.ts';
import { dollars, oneLine, shorten, signed, wrap } from '../text.ts';

class Sink extends Writable {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

const url = 'http://127.0.0.1:65535';
const wire =
  '{"op":"u","payload":{"source":{"lsn":9007199254740993},"after":{"id":"StormEvents:7","labels":["StormEvents"],"properties":{"State":"NEW YORK","EventType":"Hail","BeginLat":5.0}}}}';
const result = { query: 'new-york', type: 'UPDATE' } as const;

const events: readonly QuickstartEvent[] = [
  { event: 'starting', rows: 20_000 },
  { event: 'engine', available: true, detail: 'drasi-lib 0.3.0 on Python 3.11.7' },
  { event: 'engine', available: false, detail: 'no Python '.repeat(20) },
  { event: 'endpoint', url, database: 'NetDefaultDB', table: 'StormEvents', rows: 20_000, seconds: 1.94 },
  { event: 'bootstrap', label: 'StormEvents', elements: 20_000, seconds: 3 },
  ...quickstartQueries.map(
    ({ id, cypher }) => ({ event: 'query', query: id, cypher, rows: 1 }) satisfies QuickstartEvent,
  ),
  { event: 'ready', url, database: 'NetDefaultDB', table: 'StormEvents', forSeconds: 15 },
  { event: 'change', change: decodeChange(Buffer.from(wire)) },
  {
    event: 'result',
    result: {
      ...result,
      before: { Event: 'Hail', State: 'NEW YORK', EventId: 9007199254740993n, Damage: 1000, Injuries: 0 },
      after: { Event: 'Hail', State: 'NEW YORK', EventId: 9007199254740993n, Damage: 1500, Injuries: 2 },
    },
  },
  { event: 'result', result: { ...result, before: undefined, after: { Note: 'long '.repeat(50) } } },
  {
    event: 'summary',
    changes: 1,
    results: 2,
    totals: [
      { State: 'OHIO', Damage: 5 },
      { State: 'NORTH CAROLINA', Damage: 76_062_909 },
    ],
  },
  { event: 'notice', message: 'the Drasi engine stopped: '.repeat(6) },
  { event: 'stopped', seconds: 15, changes: 1, results: 2 },
];

async function shown(stdout: Sink, env: Record<string, string> = {}): Promise<string> {
  const view = terminalView({ stdout, env, clock: { now: () => Date.parse('2026-05-01T07:08:09Z') } });
  for (const event of events) await view(event);
  return stdout.text;
}

void test('the view fits 80 columns, and without a terminal it has no control characters', async () => {
  const text = await shown(new Sink());
  for (const line of text.split('\n')) assert.ok(line.length <= 80, `${line.length}: ${line}`);
  assert.equal(stripVTControlCharacters(text), text);
});

void test('colours on a terminal say nothing that the text does not', async () => {
  const plain = await shown(new Sink());
  const coloured = await shown(new Sink(true));
  assert.notEqual(coloured, plain);
  assert.equal(stripVTControlCharacters(coloured), plain);
  assert.equal(await shown(new Sink(true), { NO_COLOR: '1' }), plain);
  assert.equal(await shown(new Sink(true), { TERM: 'dumb' }), plain);
});

void test('a change and the result it caused are read at a glance', async () => {
  const lines = (await shown(new Sink())).split('\n');
  assert.ok(lines.includes('07:08:09  u StormEvents:7  NEW YORK  Hail'));
  assert.ok(
    lines.includes('          new-york        UPDATE NEW YORK  Hail  2 injuries (+2)  $1.5K (+$500)'),
  );
  assert.ok(lines.includes('-- 1 change, 2 results; most damage: NORTH CAROLINA $76.1M, OHIO $5'));
});

void test('one of a kind is named in the singular', async () => {
  const stdout = new Sink();
  const view = terminalView({ stdout, env: {}, clock: { now: () => 0 } });
  const after = { Storms: 1, Injuries: 1, Deaths: 1 };
  await view({ event: 'result', result: { ...result, before: undefined, after } });
  await view({ event: 'result', result: { ...result, before: after, after: { ...after, Injuries: 2 } } });
  const [first, second] = stdout.text.split('\n');
  assert.ok(first?.endsWith('1 storm  1 injury  1 death'), first);
  assert.ok(second?.endsWith('1 storm  2 injuries (+1)  1 death'), second);
});

void test('the commands to paste are whole: their bodies are JSON', async () => {
  const text = await shown(new Sink());
  const bodies = [...text.matchAll(/-d '([^']*)'/g)].map(([, body]) => JSON.parse(body!) as { csl: string });
  assert.deepEqual(
    bodies.map(({ csl }) => csl.split(' ')[0]),
    ['.ingest', 'StormEvents'],
  );
});

void test('text of a row cannot steer the terminal', async () => {
  const stdout = new Sink();
  const view = terminalView({ stdout, env: {}, clock: { now: () => 0 } });
  const hostile = wire.replace('Hail', 'Hail\\u001b[2J\\u009b31m\\n\\u202efake');
  await view({ event: 'change', change: decodeChange(Buffer.from(hostile)) });
  await view({
    event: 'result',
    result: { ...result, before: undefined, after: { Event: 'a\u001b]0;x\u0007\r\nb' } },
  });
  assert.doesNotMatch(stdout.text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  assert.equal(stdout.text.split('\n').length, 3);
});

void test('with --json every line is an event, integers and the published change as they were', async () => {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const view = jsonView(stdout, stderr);
  for (const event of events) await view(event);
  const lines = stdout.text.trimEnd().split('\n');
  const read = lines.map((line) => JSON.parse(line) as { event: string });
  assert.deepEqual(
    [...new Set(read.map(({ event }) => event))],
    ['engine', 'endpoint', 'bootstrap', 'query', 'ready', 'change', 'result', 'stopped'],
  );
  const change = lines.find((line) => line.includes('"event":"change"'));
  assert.equal(
    change,
    `{"event":"change","op":"u","id":"StormEvents:7","labels":["StormEvents"],"change":${wire}}`,
  );
  const update = lines.find((line) => line.includes('"event":"result"'));
  assert.match(update ?? '', /"query":"new-york","type":"UPDATE","before":\{.*"EventId":9007199254740993,/);
  assert.match(stderr.text, /the Drasi engine stopped/);
});

void test('a full stream holds the view back until it drains, and a closed one does not', async () => {
  let release: (() => void) | undefined;
  const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void (release = done) });
  const view = jsonView(slow, new Sink());
  const first = events[1]!;
  let done = false;
  const showing = view(first).then(() => (done = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(done, false);
  release?.();
  await showing;
  const gone = view(first);
  slow.destroy();
  await gone;
});

void test('amounts are short', () => {
  const shownAs = [0, 999, 1000, 12_500, 999_949, 999_950, 76_062_909, 2e9, -1500].map(dollars);
  assert.deepEqual(shownAs, ['$0', '$999', '$1K', '$12.5K', '$999.9K', '$1M', '$76.1M', '$2B', '-$1.5K']);
  assert.deepEqual([signed(5, dollars), signed(-5, dollars)], ['+$5', '-$5']);
});

void test('wrapped lines keep every word and the width, whatever the words', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
      fc.integer({ min: 20, max: 60 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width, 2);
        assert.deepEqual(lines.join(' ').split(/ +/), words);
        for (const line of lines) assert.ok(line.length <= width);
        assert.ok(shorten(words.join(' '), width).length <= width);
      },
    ),
  );
  assert.equal(oneLine('a\n\tb\u2028c'), 'a b c');
});
