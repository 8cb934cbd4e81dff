import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { KustoError } from '../../packages/kusto-client/src/errors.ts';
import { crashersOf, keepCrasher } from './crashers.ts';
import { fuzz, runInput, shrink } from './fuzz.ts';
import { readHttpInput } from './http-input.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';
import { targets } from './targets/all.ts';
import { entitiesTarget } from './targets/configuration.ts';
import { framesTarget, type Scan } from './targets/frames.ts';
import { checkKustoAnswer } from './targets/kusto-local.ts';
import { checkAnswer } from './targets/sdk-servers.ts';
import { walk } from './testing/maze.ts';

const maze: Target = {
  name: 'maze',
  corpus: [Buffer.from('......')],
  tokens: ['m', 'A', 'z', 'E'],
  files: /\/testing\/maze\.ts$/,
  limitMs: 1_000,
  open: async () => ({ run: async (input) => walk(input), close: async () => undefined }),
};

describe('fuzz', { timeout: 120_000 }, () => {
  it('is led by blocks that are reached for the first time: it gets where blind changes do not', async () => {
    const limits = { seed: 1, forMs: 60_000, maxRuns: 60_000 };
    const guided = await fuzz(maze, limits);
    assert.equal((guided.finding?.error as Error | undefined)?.message, 'the middle of the maze');
    assert.ok(guided.kept >= 3 && guided.functions === 1, `${guided.kept} kept`);
    const blind = await fuzz(maze, { ...limits, guided: false });
    assert.equal(blind.finding, undefined);
    assert.equal(blind.runs, 60_000);
  });

  it('makes the same inputs of the same seed, and others of another', () => {
    const inputs = (seed: number): string[] => {
      const random = new Random(seed, 'name');
      const corpus = [Buffer.from('{"a":[1,2],"b":"text"}'), Buffer.from('<other>')];
      return Array.from({ length: 200 }, () =>
        Buffer.from(mutate(corpus[0] as Buffer, random, { corpus, tokens: ['null'] })).toString('latin1'),
      );
    };
    assert.deepEqual(inputs(7), inputs(7));
    assert.notDeepEqual(inputs(7), inputs(8));
    assert.ok(new Set(inputs(7)).size > 180, 'they differ');
    assert.ok(inputs(7).every((input) => input.length <= 64 * 1024));
  });

  it('changes nothing of the input it was given, and takes an empty one', () => {
    const random = new Random(3);
    const input = Buffer.from('abc');
    for (let run = 0; run < 500; run++) {
      mutate(input, random, { corpus: [input], tokens: [] });
      mutate(Buffer.of(), random, { corpus: [Buffer.of()], tokens: [] });
    }
    assert.equal(input.toString(), 'abc');
  });

  it('takes what is too slow for a finding, and makes a finding smaller', async () => {
    const slow: Target = {
      ...maze,
      limitMs: 30,
      open: async () => ({
        run: (input) => (input.includes(0x78) ? new Promise(() => undefined) : Promise.resolve()),
        close: async () => undefined,
      }),
    };
    const open = await slow.open();
    const finding = await runInput(open, slow, Buffer.from('....x....'));
    assert.match(String(finding?.error), /more than 30 ms/);
    assert.equal(await runInput(open, slow, Buffer.from('....')), undefined);
    assert.ok(finding);
    assert.equal(Buffer.from((await shrink(slow, finding, 20_000)).input).toString(), 'x');
  });

  it('ends a process that hangs in one input, and keeps the input', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
    const program = `
      import { Watchdog } from ${JSON.stringify(new URL('watchdog.ts', import.meta.url).href)};
      const watchdog = new Watchdog('t', { hangsAfterMs: 200, folder: ${JSON.stringify(folder)} });
      setTimeout(() => { watchdog.see(Buffer.from('hangs')); for (;;); }, 500);`;
    const file = join(folder, 'hangs.mjs');
    await writeFile(file, program);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL', said);
    assert.match(said, /t: an input never ends/);
    const [kept = ''] = await readdir(join(folder, 't'));
    assert.equal(await readFile(join(folder, 't', kept), 'utf8'), 'hangs');
    assert.deepEqual(crashersOf('t', folder).length, 1);
    keepCrasher('t', Buffer.from('hangs'), folder);
    assert.deepEqual(crashersOf('t', folder).length, 1, 'the same one once');
    await rm(folder, { recursive: true });
  });
});

describe('oracles', { timeout: 120_000 }, () => {
  const finds = async (target: Target, words: RegExp): Promise<void> => {
    const { finding } = await fuzz(target, { seed: 1, forMs: 30_000, maxRuns: 20_000 });
    const { message, cause } = (finding?.error ?? {}) as Error;
    assert.match(`${message} ${String(cause)}`, words);
  };
  const collected = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  it('frames: a scanner that takes a cut answer for a whole one, that has other results for other chunks, or that crashes', async () => {
    const incomplete: Scan = async (body) => {
      const text = (await collected(body)).toString();
      if (text.length < 20) throw new KustoError('KUSTO_INCOMPLETE', 'cut');
      return { rows: [], cursor: undefined };
    };
    await finds(framesTarget(incomplete), /a cut answer counts as whole|whole, and no JSON/);
    const firstChunk: Scan = async (body) => {
      for await (const chunk of body) return { rows: [String(chunk.length)], cursor: undefined };
      throw new KustoError('KUSTO_INCOMPLETE', 'cut');
    };
    await finds(framesTarget(firstChunk), /another result for other chunks/);
    const crashing: Scan = async (body) => {
      const text = (await collected(body)).toString();
      JSON.parse(text);
      throw new KustoError('KUSTO_PROTOCOL', 'no');
    };
    await finds(framesTarget(crashing), /not of a documented kind.*SyntaxError/s);
  });

  it('configuration: an error of another kind', async () => {
    const careless = (text: string): void => {
      if (text.includes('null')) throw new TypeError('cannot read properties of null');
    };
    await finds(entitiesTarget(careless), /not of a documented kind.*TypeError/s);
  });

  it('servers: a status that is not documented, or an error without a code', () => {
    checkAnswer('/acquire', { status: 400, text: '{"code":"BAD_REQUEST","error":"x"}' }, false);
    assert.throws(() => checkAnswer('/acquire', { status: 500, text: '{}' }, false), /answered with 500/);
    assert.throws(() => checkAnswer('/acquire', { status: 400, text: '{"error":"x"}' }, false), /no code/);
    checkKustoAnswer({ status: 400, text: '{"error":{"code":"BadRequest"}}' }, false);
    assert.throws(() => checkKustoAnswer({ status: 500, text: '{}' }, false), /answered with 500/);
    assert.throws(() => checkKustoAnswer({ status: 200, text: '{"Tables":[' }, false), SyntaxError);
  });

  it('of servers: any bytes are a request', () => {
    const { method, path, contentType, body } = readHttpInput(
      Buffer.from('POST /a\u00e4b text/x;y z\nbody\n'),
    );
    assert.deepEqual([method, contentType, Buffer.from(body).toString()], ['POST', 'text/x;y z', 'body\n']);
    assert.match(path, /^\/a[!-~]+b$/);
    assert.equal(readHttpInput(Buffer.of()).path, '/');
    assert.equal(readHttpInput(Buffer.of(0, 255, 10)).method, 'POST');
  });
});

describe('what was found once', { timeout: 120_000 }, () => {
  for (const target of targets)
    it(`${target.name}: its corpus and its crashers are well`, async () => {
      const open = await target.open();
      try {
        for (const input of [...target.corpus, ...crashersOf(target.name).map(({ input }) => input)]) {
          const finding = await runInput(open, target, input);
          assert.equal(finding, undefined, String(finding?.error));
        }
      } finally {
        await open.close();
      }
    });
});
