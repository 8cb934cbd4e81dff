import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { spawn } from 'node:child_process';
import {
  startDrasiEngine,
  markToken,
  type DrasiEngine,
  type EngineOptions,
  type QueryResult,
} from './drasi-engine.ts';
import { defaultCacheDir, installDrasiEngine, type Installation } from './drasi-install.ts';
import { quickstartQueries } from './queries.ts';
import { StormGenerator } from './storm-generator.ts';

let installation: Installation;
let open: DrasiEngine[] = [];

before(async () => {
  installation = await installDrasiEngine({ cacheDir: defaultCacheDir(process.env), log: () => {} });
});

after(async () => {
  await Promise.all(open.map((engine) => engine.close()));
  open = [];
});

interface Started {
  readonly engine: DrasiEngine;
  readonly results: QueryResult[];
  readonly exits: Error[];
}

async function start(options: Partial<EngineOptions> = {}): Promise<Started> {
  assert.ok(installation.available);
  const results: QueryResult[] = [];
  const exits: Error[] = [];
  const engine = await startDrasiEngine({
    python: installation.python,
    packages: installation.packages,
    queries: quickstartQueries,
    sourceId: 'storms',
    onResult: (result) => void results.push(result),
    onExit: (reason) => exits.push(reason),
    ...options,
  });
  open.push(engine);
  return { engine, results, exits };
}

/** The engine is real or the test says why it is not run. */
function engineTest(name: string, run: () => Promise<void>): void {
  void test(name, async (context) => {
    if (installation.available) await run();
    else context.skip(installation.reason);
  });
}

const element = (id: string, properties: string) =>
  Buffer.from(`{"id":"${id}","labels":["StormEvents"],"properties":${properties}}`);
const change = (op: 'u' | 'd', id: string, properties: string) =>
  Buffer.from(
    `{"op":"${op}","payload":{"${op === 'd' ? 'before' : 'after'}":${element(id, properties).toString()}}}`,
  );

engineTest(
  'a bootstrap is silent; then a row is added, updated and deleted, and its group follows',
  async () => {
    const { engine, results } = await start();
    await engine.elements([
      element('s:1', '{"State":"NEW YORK","EventId":1,"EventType":"Hail","DamageProperty":10}'),
      element('s:2', '{"State":"TEXAS","EventId":2,"EventType":"Hail","DamageProperty":5}'),
    ]);
    await engine.mark();
    await engine.listen();
    assert.deepEqual(results, []);
    assert.deepEqual(await engine.results('new-york'), [
      { State: 'NEW YORK', EventId: 1, Event: 'Hail', Injuries: null, Deaths: null, Damage: 10 },
    ]);

    const all = '"State":"NEW YORK","EventType":"Flood","InjuriesDirect":0,"DeathsDirect":0';
    await engine.changes([
      change('u', 's:3', `{${all},"EventId":3,"DamageProperty":7}`),
      change('u', 's:3', `{${all},"EventId":3,"DamageProperty":8}`),
      change('d', 's:3', '{}'),
    ]);
    await engine.mark();
    const row = { State: 'NEW YORK', EventId: 3, Event: 'Flood', Injuries: 0, Deaths: 0 };
    assert.deepEqual(
      results.filter(({ query }) => query === 'new-york'),
      [
        { query: 'new-york', type: 'ADD', before: undefined, after: { ...row, Damage: 7 } },
        { query: 'new-york', type: 'UPDATE', before: { ...row, Damage: 7 }, after: { ...row, Damage: 8 } },
        { query: 'new-york', type: 'DELETE', before: { ...row, Damage: 8 }, after: undefined },
      ],
    );
    assert.deepEqual(
      results.filter(({ query }) => query === 'damage-by-state').map(({ type, after }) => [type, after]),
      [
        ['UPDATE', { State: 'NEW YORK', Storms: 2, Damage: 17 }],
        ['UPDATE', { State: 'NEW YORK', Storms: 2, Damage: 18 }],
        ['UPDATE', { State: 'NEW YORK', Storms: 1, Damage: 10 }],
      ],
    );
  },
);

engineTest('the first result of a group is an ADD', async () => {
  const { engine, results } = await start();
  await engine.listen();
  await engine.changes([
    change('u', 's:1', '{"State":"OHIO","DamageProperty":1}'),
    change('u', 's:2', '{"State":"OHIO","DamageProperty":1}'),
  ]);
  await engine.mark();
  assert.deepEqual(
    results.map(({ type, before, after }) => [type, before === undefined, after?.['Storms']]),
    [
      ['ADD', true, 1],
      ['UPDATE', false, 2],
    ],
  );
});

engineTest('64-bit integers go in and come out exact, text in any script too', async () => {
  const { engine, results } = await start();
  await engine.listen();
  await engine.changes([
    change('u', 's:1', '{"State":"NEW YORK","EventId":9007199254740993,"EventType":"Gewitter \\u2614 雷雨"}'),
  ]);
  await engine.mark();
  assert.equal(results[0]?.after?.['EventId'], 9007199254740993n);
  assert.equal(results[0].after['Event'], 'Gewitter ☔ 雷雨');
});

engineTest('a mark is exact after many changes, and leaves no trace in the results', async () => {
  const { engine, results } = await start();
  const storms = [...new StormGenerator(2, () => 1_700_000_000_000).history(3000)];
  const wire = storms.map((storm) => element(`StormEvents:${storm.EventId}`, JSON.stringify(storm)));
  await engine.elements(wire);
  await engine.mark();
  const expected = storms.filter(({ State }) => State === 'NEW YORK').length;
  assert.equal((await engine.results('new-york')).length, expected);
  const damaging = storms.filter(({ DamageProperty }) => DamageProperty > 0);
  const totals = await engine.results('damage-by-state');
  assert.equal(
    totals.reduce((sum, row) => sum + Number(row['Storms']), 0),
    damaging.length,
  );
  assert.ok(totals.every((row) => !Object.values(row).includes(markToken)));
  await engine.listen();
  for (let count = 0; count < 5; count += 1) await engine.mark();
  assert.deepEqual(results, []);
});

engineTest('a slow reader slows the engine down and loses nothing', async () => {
  const seen: unknown[] = [];
  const { engine } = await start({
    onResult: async ({ query, after }) => {
      if (query !== 'new-york') return;
      if (seen.length % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(after?.['EventId']);
    },
  });
  await engine.listen();
  const ids = Array.from({ length: 2000 }, (_, index) => index);
  await engine.changes(
    ids.map((id) => change('u', `s:${id}`, `{"State":"NEW YORK","EventId":${id},"DamageProperty":1}`)),
  );
  await engine.mark();
  assert.deepEqual(seen, ids);
});

engineTest('what the engine cannot take ends it with a reason, for the call and for onExit', async () => {
  const { engine, exits } = await start();
  await engine.changes([Buffer.from('{"op":"u","payload":{"after":{"labels":["StormEvents"]}}}')]);
  await assert.rejects(engine.mark(), /QUICKSTART|the Drasi engine stopped: .*id/);
  await assert.rejects(engine.mark(), /the Drasi engine stopped/);
  assert.equal(exits.length, 1);
});

engineTest('closing is not an exit to report, and an aborted start starts nothing', async () => {
  const { engine, exits } = await start();
  await engine.close();
  assert.deepEqual(exits, []);
  await assert.rejects(engine.mark(), /the Drasi engine stopped/);
  await assert.rejects(start({ signal: AbortSignal.abort(new Error('enough')) }), /enough/);
});

engineTest('a query that is no Cypher is refused at the start', async () => {
  const [first] = quickstartQueries;
  assert.ok(first !== undefined);
  await assert.rejects(start({ queries: [{ ...first, cypher: 'MATCH (' }] }), /the Drasi engine stopped/);
});

engineTest('the engine ends with its parent, even one that is killed', async () => {
  assert.ok(installation.available);
  const parent = spawn(
    process.execPath,
    [
      '--input-type=module-typescript',
      '--eval',
      `import { startDrasiEngine } from ${JSON.stringify(new URL('drasi-engine.ts', import.meta.url).href)};
       import { subscribe } from 'node:diagnostics_channel';
       let child;
       subscribe('child_process', (message) => { child = message.process; });
       await startDrasiEngine({ python: ${JSON.stringify(installation.python)}, packages: ${JSON.stringify(installation.packages)}, queries: [], sourceId: 's', onResult: () => {} });
       process.stdout.write(String(child.pid));
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once('data', (text: Buffer) => resolve(Number.parseInt(text.toString(), 10))),
  );
  assert.ok(isAlive(pid));
  parent.kill('SIGKILL');
  const deadline = Date.now() + 10_000;
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isAlive(pid), false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

void test('a program that is no engine is an error, not a hang', async () => {
  await assert.rejects(
    startDrasiEngine({
      python: '/nowhere/python3',
      packages: '/',
      queries: [],
      sourceId: 's',
      onResult: () => {},
    }),
    /the Drasi engine stopped: .*ENOENT/,
  );
});
