import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { MemoryStateStore } from '@drasi-kusto/source-sdk';
import { CrashTally, type CrashPoint } from './crash-points.ts';
import { ProcessLife } from './process-life.ts';

const whole = 'the rows of an answer';
const windowText = [
  'let T = table("T") | where cursor_after("1") and cursor_before_or_at("2");',
  'T',
  "| extend ['__drasi_ingested'] = ingestion_time()",
].join('\n');

describe('what a process asks Kusto', () => {
  let server: Server;
  let asked = 0;
  before(async () => {
    server = createServer((_request, response) => {
      asked += 1;
      response.end(whole);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });
  after(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  async function begin() {
    const tally = new CrashTally();
    const life = new ProcessLife({ state: new MemoryStateStore(), deliver: () => {}, tally });
    const ask = async (csl: string, service = 'feed'): Promise<string> => {
      const { port } = server.address() as AddressInfo;
      const { body } = await life.kusto.dispatcher.request({
        origin: `http://127.0.0.1:${port}`,
        path: '/v2/rest/query',
        method: 'POST',
        headers: { 'x-ms-client-request-id': `drasi-kusto.${service};1` },
        body: JSON.stringify({ csl }),
      });
      let text = '';
      try {
        for await (const part of body) text += String(part);
      } catch (error) {
        throw new Error(`after ${text}`, { cause: error });
      }
      return text;
    };
    return { life, tally, ask, [Symbol.asyncDispose]: () => life.kusto.close() };
  }

  for (const [point, sent, heard] of [
    ['before query', 0, /dead/],
    ['mid rows', 1, /^Error: after the rows o$/],
    ['after rows', 1, /^Error: after the rows/],
  ] as const satisfies readonly (readonly [CrashPoint, number, RegExp])[])
    it(`ends ${point}: of this answer no more is heard, and nothing is asked any more`, async () => {
      await using scene = await begin();
      scene.life.crash(point, 2);
      const start = asked;
      assert.equal(await scene.ask(windowText), whole);
      assert.equal(await scene.ask('print Cursor = cursor_current()'), whole);
      await assert.rejects(scene.ask(windowText), heard);
      assert.equal(scene.life.isDead, true);
      assert.equal(scene.tally.of(point), 1);
      assert.equal(asked - start, 2 + sent);
      await assert.rejects(scene.ask('print Cursor = cursor_current()'), /dead/);
      assert.equal(asked - start, 2 + sent);
    });

  it('is cut off when the process dies of something else', async () => {
    await using scene = await begin();
    const answer = scene.ask(windowText);
    scene.life.kill();
    await assert.rejects(answer);
  });
});
