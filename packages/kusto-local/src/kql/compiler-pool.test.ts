import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KustoServiceError } from '../errors.ts';
import type { Compilation, DatabaseSchema } from '../types.ts';
import { createKqlCompiler } from './compiler-pool.ts';
import type { KqlCompiler } from './compiler.ts';

function schema(version: number, column: string): DatabaseSchema {
  return {
    name: 'db',
    version,
    tables: [{ name: 'T', relation: '"T"', columns: [{ name: column, type: 'long' }] }],
  };
}

function refusal(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof KustoServiceError);
    assert.match(error.message, pattern);
    return true;
  };
}

describe('the compiler in its worker', () => {
  let compiler: KqlCompiler;
  before(() => {
    compiler = createKqlCompiler();
  });
  after(async () => {
    await compiler.close();
  });

  it('compiles, and remembers what it compiled', async () => {
    const request = { text: 'T | where a > 1', database: schema(1, 'a'), parameters: {} };
    const first = await compiler.compile(request);
    assert.deepEqual(first.results[0]?.columns, [{ name: 'a', type: 'long' }]);
    assert.equal(await compiler.compile({ ...request }), first);
  });

  it("a text that breaks the parser is refused, without the parser's stack", async () => {
    const text = 'print x = 1 | graph-match (a)-[r]-(b) project a.x';
    await assert.rejects(compiler.compile({ text, database: schema(1, 'a'), parameters: {} }), (error) => {
      assert.ok(error instanceof KustoServiceError);
      assert.deepEqual([error.status, error.permanent, error.innerCode], [400, true, 'SEM0001']);
      assert.doesNotMatch(error.message, /node_modules|TypeError/);
      return true;
    });
  });

  it('a new version of the schema is a new compilation', async () => {
    const text = 'T | project b';
    await assert.rejects(
      compiler.compile({ text, database: schema(1, 'a'), parameters: {} }),
      refusal(/'b'/),
    );
    const compilation = await compiler.compile({ text, database: schema(2, 'b'), parameters: {} });
    assert.deepEqual(compilation.results[0]?.columns, [{ name: 'b', type: 'long' }]);
  });

  it('query parameters: values, defaults, and what is wrong with them', async () => {
    const database = schema(2, 'b');
    const compile = (
      text: string,
      parameters: Record<string, boolean | number | string>,
    ): Promise<Compilation> => compiler.compile({ text, database, parameters });
    const all =
      'declare query_parameters(s: string, n: long = 5, d: datetime = datetime(2020-01-01), t: timespan = 1h, j: dynamic, r: real = 1.5, b: bool = true); print s, n, d, t, j, r, b';
    await compile(all, { s: "it's", j: 'dynamic(null)' });
    const sql = async (parameters: Record<string, boolean | number | string>) =>
      (await compile(all, { s: 'x', j: 'dynamic(null)', ...parameters })).results[0]?.sql ?? '';
    assert.match(await sql({ n: '9007199254740993' }), /9007199254740993/);
    assert.match(await sql({ n: 7 }), /CAST\(7 AS BIGINT\)/);
    assert.match(await sql({ d: 'datetime(2021-01-01)' }), /637450560000000000/);
    assert.match(await sql({ t: 'time(2.00:00:00)' }), /1728000000000/);
    assert.match(await sql({ j: 'dynamic(["A"])' }), /\["A"\]/);
    assert.match(await sql({ b: false }), /false/);
    await assert.rejects(compile(all, { j: '[]' }), refusal(/'s' has no value/));
    await assert.rejects(compile(all, { s: 'x', j: '[]', n: 'abc' }), refusal(/'n' is not a long/));
    await assert.rejects(compile(all, { s: 'x', j: '[]', d: 'yesterday' }), refusal(/'d' is not a datetime/));
    await assert.rejects(compile(all, { s: 5, j: '[]' }), refusal(/'s' is not a string/));
    await assert.rejects(compile(all, { s: 'x', j: 'dynamic([' }), refusal(/'j' is not a dynamic/));
  });

  it('errors cross the thread whole', async () => {
    await assert.rejects(
      compiler.compile({ text: 'T | where Nope > 1', database: schema(2, 'b'), parameters: {} }),
      (error: unknown) => {
        assert.ok(error instanceof KustoServiceError);
        assert.equal(error.status, 400);
        assert.equal(error.code, 'General_BadRequest');
        assert.equal(error.innerCode, 'SEM0100');
        assert.deepEqual(error.span, { start: 10, length: 4 });
        return true;
      },
    );
  });

  it('hostile texts end within their limits', async () => {
    const database = schema(2, 'b');
    const compile = (text: string) => compiler.compile({ text, database, parameters: {} });
    await assert.rejects(compile(`print ${'('.repeat(100_000)}`), refusal(/nests deeper/));
    await assert.rejects(compile(`print x = dynamic(${'['.repeat(1000)}`), refusal(/nests deeper/));
    await assert.rejects(compile(`print '${'x'.repeat(600_000)}'`), refusal(/at most 524288/));
    await assert.rejects(compile(`print ${'-'.repeat(20_000)}1`), KustoServiceError);
    await assert.rejects(compile(`T | where ${'b > 1 and '.repeat(20_000)} b > 1`), KustoServiceError);
    await assert.rejects(compile(`T ${'| where b > 1 '.repeat(20_000)}| bogus`), KustoServiceError);
    const doubling = Array.from(
      { length: 40 },
      (_unused, index) => `let x${index + 1} = x${index} + x${index};`,
    );
    await assert.rejects(compile(`let x0 = 1; ${doubling.join('\n')} print x40`), KustoServiceError);
    // And the next one is served.
    await compile('T | count');
  });
});

describe('the time limit', () => {
  it('ends the request, replaces the worker and leaves the thread free', async () => {
    const compiler = createKqlCompiler({ timeoutMs: 1500, cacheSize: 0 });
    try {
      const database = schema(1, 'a');
      let ticks = 0;
      const timer = setInterval(() => {
        ticks += 1;
      }, 10);
      // Legal and within the length limit, but half a minute of work for the parser.
      const slow = Array.from({ length: 20_000 }, () => "print a = strcat('a', 1)").join(';');
      const started = compiler.compile({ text: slow, database, parameters: {} });
      const next = compiler.compile({ text: 'T | count', database, parameters: {} });
      // As the service tells a time-out: half of the question may be answered.
      await assert.rejects(started, { status: 504, code: 'RequestExecutionTimeout', permanent: false });
      assert.deepEqual((await next).results[0]?.columns, [{ name: 'Count', type: 'long' }]);
      clearInterval(timer);
      assert.ok(ticks > 20, `the main thread ran ${ticks} times`);
    } finally {
      await compiler.close();
    }
  });

  it('texts behind a slow one go to a second worker, before and after it is known to be slow', async () => {
    const compiler = createKqlCompiler({ timeoutMs: 120_000, patienceMs: 200, cacheSize: 0 });
    const database = schema(1, 'a');
    const compile = (text: string) => compiler.compile({ text, database, parameters: {} });
    await compile('T');
    const slow = Array.from({ length: 20_000 }, () => "print a = strcat('a', 1)").join(';');
    let isSlow = true;
    const first = compile(slow).finally(() => (isSlow = false));
    const ended = assert.rejects(first, refusal(/closed/));
    const behind = await compile('T | count');
    assert.deepEqual(behind.results[0]?.columns, [{ name: 'Count', type: 'long' }]);
    await compile('T | take 1');
    assert.ok(isSlow, 'both were answered while the first was compiled');
    await compiler.close();
    await ended;
  });

  it('after close, requests fail', async () => {
    const compiler = createKqlCompiler();
    const waiting = compiler.compile({ text: 'print 1', database: schema(1, 'a'), parameters: {} });
    const failed = assert.rejects(waiting, refusal(/closed/));
    await compiler.close();
    await failed;
    await assert.rejects(
      compiler.compile({ text: 'print 2', database: schema(1, 'a'), parameters: {} }),
      refusal(/closed/),
    );
  });
});
