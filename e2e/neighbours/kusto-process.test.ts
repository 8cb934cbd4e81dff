import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { defaultCacheDir } from '../../packages/kusto-source/src/quickstart/drasi-install.ts';
import { database } from './agreement.ts';
import { freePorts } from './free-ports.ts';
import { Keeper } from './keeper.ts';
import { KustoProcess } from './kusto-process.ts';
import { until } from './until.ts';

describe('Kusto in a process of its own', { timeout: 120_000 }, () => {
  const closing = new AsyncDisposableStack();
  let kusto: KustoProcess;
  before(async () => {
    const keeper = closing.use(new Keeper());
    const folder = closing.adopt(await mkdtemp(join(tmpdir(), 'kusto-process-')), (path) =>
      rm(path, { recursive: true, force: true }),
    );
    const { kusto: port } = await freePorts('kusto');
    const compileCache = join(defaultCacheDir(process.env), 'compiled');
    kusto = new KustoProcess({ port, folder, compileCache, keeper });
    closing.use(kusto.program);
    await kusto.program.start();
    await kusto.execute(database, '.create table T (Id: long, Name: string)');
  });
  after(() => closing.disposeAsync());

  const rows = async (text: string): Promise<string> => {
    const answer = await kusto.execute(database, text);
    return answer.rows.map((row) => row.map(String).join(' ')).join(', ');
  };

  it('takes CSV and objects, and gives numbers exactly', async () => {
    await kusto.ingest(database, 'T', '1,"a, b"\n2,c');
    await kusto.ingest(database, 'T', [{ Id: 9_007_199_254_740_993n, Name: 'large' }]);
    assert.equal(await rows('T | sort by Id asc'), '1 a, b, 2 c, 9007199254740993 large');
    await assert.rejects(kusto.execute(database, 'U'), /400/);
  });

  it('keeps through SIGKILL every row that it acknowledged, with its cursor value, and every delete', async () => {
    await kusto.execute(database, '.create table K (Id: long)');
    const cursors: string[] = [];
    let acknowledged = 0;
    const stopped = new AbortController();
    const ingesting = (async (): Promise<void> => {
      while (!stopped.signal.aborted) {
        await kusto.ingest(database, 'K', String(acknowledged));
        acknowledged += 1;
        cursors.push(await rows('print cursor_current()'));
        if (acknowledged % 5 === 4)
          await kusto.execute(database, `.delete table K records <| K | where Id == ${acknowledged - 1}`);
      }
    })();
    for (let kill = 0; kill < 3; kill += 1) {
      const next = 10 * (kill + 1);
      await until(() => acknowledged >= next, `${next} acknowledgements`, { everyMs: 1 });
      await kusto.program.kill('SIGKILL');
      await kusto.program.start();
    }
    stopped.abort();
    await ingesting;
    const wanted = Array.from({ length: acknowledged }, (_, id) => id).filter((id) => id % 5 !== 3);
    assert.equal(await rows('K | distinct Id | sort by Id asc'), wanted.join(', '));
    const half = Math.floor(cursors.length / 2);
    // What came after a cursor value of before the kills is behind it, and nothing else.
    const behind = wanted.filter((id) => id > half);
    assert.equal(
      await rows(`K | where cursor_after('${cursors[half] ?? ''}') | distinct Id | sort by Id asc`),
      behind.join(', '),
    );
    assert.equal(new Set(cursors).size, cursors.length, 'no cursor value twice');
  });

  it('stands still at SIGSTOP, and goes on', async () => {
    kusto.program.signal('SIGSTOP');
    let answered = false;
    const answer = rows('print 1').then((text) => {
      answered = true;
      return text;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(answered, false);
    kusto.program.signal('SIGCONT');
    assert.equal(await answer, '1');
  });

  it('makes a request again that is throttled', async () => {
    await kusto.setFaults([{ kind: 'query', times: 2, action: { status: 429 } }]);
    assert.equal(await rows('print 2'), '2');
    await kusto.setFaults([]);
  });
});
