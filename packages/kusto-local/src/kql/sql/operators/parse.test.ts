import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { checkRefusals } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';
import { hasAlternatives } from './parse-pattern.ts';

describe('parse, parse-where', () => {
  const harness = testHarness([stormEvents]);

  const check = (query: string, columns: string, rows: readonly string[]): Promise<void> =>
    checkRows(harness, [{ query, columns, rows }]);

  const lines = 'datatable(s: string) ["k=5;v=x", "k=zz;v=y", "other", "k=-7;v="]';

  it('simple: all columns have their types, or the row is not parsed', async () => {
    await check(`${lines} | parse s with "k=" k: long ";v=" v | project-away s`, 'k:long, v:string', [
      "5 | 'x'",
      "null | ''",
      "null | ''",
      "-7 | ''",
    ]);
    await check(`${lines} | parse-where s with "k=" k: long ";v=" v | project k`, 'k:long', ['5', '-7']);
    await check(
      'StormEvents | where EventId == 3 | parse-where State with a:string "X" b:string | project a, b',
      'a:string, b:string',
      ["'TE' | 'AS'"],
    );
  });

  it('relaxed: a column that has no value of its type is null', async () => {
    await check(
      `${lines} | parse kind=relaxed s with "k=" k: long ";v=" v | project-away s`,
      'k:long, v:string',
      ["5 | 'x'", "null | 'y'", "null | ''", "-7 | ''"],
    );
    await check(
      'datatable(s: string) ["a=1x b=2", "a=x b=3"] | parse kind=relaxed s with "a=" a: int * "b=" b: int | project a, b',
      'a:int, b:int',
      ['1 | 2', 'null | 3'],
    );
  });

  it('a star skips text; a number before a star ends where the digits end', async () => {
    await check(
      'print s = "at 17: n=3, m=4" | parse s with * "n=" n: int * "m=" m: int',
      's:string, n:int, m:int',
      ["'at 17: n=3, m=4' | 3 | 4"],
    );
    await check('print s = "n=3.5e1 tail" | parse s with "n=" n: real * | project n', 'n:real', ['35']);
    // The first place of a constant counts.
    await check('print s = "a,b,c" | parse s with x "," y | project x, y', 'x:string, y:string', [
      "'a' | 'b,c'",
    ]);
    await check('print s = "a,b,c" | parse s with * "," y | project y', 'y:string', ["'b,c'"]);
  });

  it('every type, and a text that is not of it', async () => {
    await check(
      `print s = "1|2|1.5|true|2020-01-02T03:04:05Z|1.02:03:04|74be27de-1e4e-49d9-b579-fe0b331d3642|{\\"a\\":1}|9.25"
       | parse s with i: int "|" l: long "|" r: real "|" b: bool "|" t: datetime "|" p: timespan "|" g: guid "|" d: dynamic "|" c: decimal
       | project-away s`,
      'i:int, l:long, r:real, b:bool, t:datetime, p:timespan, g:guid, d:dynamic, c:decimal',
      [
        '1 | 2 | 1.5 | true | 2020-01-02T03:04:05.0000000Z | 1.02:03:04 | 74be27de-1e4e-49d9-b579-fe0b331d3642 | {"a":1} | 9.250000000000000000',
      ],
    );
    await check('print s = "3000000000" | parse s with i: int | project i', 'i:int', ['null']);
    await check('print s = "soon!" | parse s with t: datetime "!" | project t', 't:datetime', ['null']);
  });

  it('dates as the page writes them', async () => {
    await check(
      'datatable(s: string) ["at 02/17/2016 08:40:01.", "at 13/17/2016 08:40:01.", "at noon."] | parse s with "at " t: datetime "." | project t',
      't:datetime',
      ['2016-02-17T08:40:01.0000000Z', 'null', 'null'],
    );
    await check(
      'print s = "from 02/17/2016 08:40:01\\nto 2016-02-18" | parse kind=regex flags=s s with "from " a: datetime "to " b: datetime | project a, b',
      'a:datetime, b:datetime',
      ['2016-02-17T08:40:01.0000000Z | 2016-02-18T00:00:00.0000000Z'],
    );
  });

  it('the expression becomes a text; texts have quotes and lines', async () => {
    await check('print n = 1234 | parse n with a: int "3" b', 'n:long, a:int, b:string', ["1234 | 12 | '4'"]);
    await check(
      'print s = "it\'s\\n$(x)" | parse s with a "\'s\\n$(" b ")" | project a, b',
      'a:string, b:string',
      ["'it' | 'x'"],
    );
    await check(
      'datatable(s: string, n: long) ["b1", 2, "a1", 1] | sort by n asc | parse s with c "1" | project c',
      'c:string',
      ["'a'", "'b'"],
    );
    await check(
      "datatable(d: dynamic) [dynamic('u=1'), dynamic(null)] | parse d with 'u=' u: int | project u",
      'u:int',
      ['1', 'null'],
    );
  });

  it('regex: constants are expressions, strings take as much as they can, groups of the pattern do not count', async () => {
    await check(
      String.raw`print s = "id:  12, from a, to b" | parse kind=regex s with @"id:\s*" id: long @", (from|of) " x ", (t)o " y | project id, x, y`,
      'id:long, x:string, y:string',
      ["12 | 'a' | 'b'"],
    );
    await check('print s = "k=a,b,c" | parse kind=regex s with "k=" x "," * | project x', 'x:string', [
      "'a,b'",
    ]);
    await check(
      'print s = "K=a,b,c" | parse kind=regex flags=Ui s with * "k=" x "," * | project x',
      'x:string',
      ["'a'"],
    );
    await check('print s = "k=a\\nb" | parse kind=regex s with "k=" x | project x', 'x:string', ["'a'"]);
    await check('print s = "k=a\\nb" | parse kind=regex flags=s s with "k=" x | project x', 'x:string', [
      "'a\nb'",
    ]);
    await check(
      'datatable(s: string) ["k=1", "k=x"] | parse-where kind=regex s with "k=" x: int | project x',
      'x:int',
      ['1'],
    );
  });

  it('junk without a star is an error: what it counts as is not documented', async () => {
    for (const query of [
      'print s = "a k=1" | parse s with "k=" k: int',
      'print s = "k=1 z" | parse s with "k=" k: int',
      'print s = "k=1;z" | parse s with "k=" k ";"',
    ]) {
      await assert.rejects(harness.run(query), /say where junk may stand/, query);
    }
    await check('print s = "zz" | parse s with "k=" k: int | project k', 'k:int', ['null']);
  });

  it('takes apart what was put together', async () => {
    const word = fc.string({ maxLength: 8 }).filter((text) => !/[<>\0]/.test(text));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(word, fc.integer(), word), { minLength: 1, maxLength: 10 }),
        async (list) => {
          const texts = list.map(([a, n, b]) =>
            JSON.stringify(`${a}<${n}>${b}`).replaceAll(/\\u([0-9a-f]{4})/g, '\\u$1'),
          );
          const answer = await harness.run(
            `datatable(s: string) [${texts.join(', ')}] | parse s with a "<" n: int ">" b | project ok = strcat(a, "<", n, ">", b) == s, n`,
          );
          assert.deepEqual(
            answer.rows,
            list.map(([, n]) => `true | ${n}`),
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  it('a regex knows Unicode as the language does', async () => {
    await check('print s = "né1 x" | parse kind=regex s with @"\\w+\\s" r | project r', 'r:string', ["'x'"]);
    await assert.rejects(harness.run('print s = "né x" | parse kind=regex s with @"\\bx" r'), /ASCII/i);
  });

  it('alternatives outside brackets', () => {
    const cases: Readonly<Record<string, boolean>> = {
      'a|b': true,
      '(a|b)[|]': false,
      '[]|]x': false,
      [String.raw`\|\Q|\E`]: false,
      [String.raw`(a)\(|b`]: true,
      '': false,
    };
    for (const [regex, expected] of Object.entries(cases))
      assert.equal(hasAlternatives(regex), expected, regex);
  });

  it('refusals', () => {
    checkRefusals(harness, {
      'print s = "" | parse kind=other s with "a" x': ['SYN0002', /simple/],
      'print s = "" | parse s with s "-" t': ['SEM0001', /second column/],
      'print s = "" | parse kind=regex flags=x s with "a" x': ['SEM0001', /flags=x/],
      'print s = "" | parse kind=simple flags=i s with "a" x': ['SEM0100', /regex/],
      'print s = "" | parse s with "a" x *': ['SEM0100', /ambiguous/],
      'print s = "" | parse s with "a" x y': ['SEM0100', /./],
      'print s = "" | parse s with "a" x: datetime *': ['SEM0001', /datetime directly before/],
      'print s = "" | parse-where kind=relaxed s with "a" x': ['SEM0001', /relaxed/],
      'print s = "" | parse kind=regex s with "(a" x': ['SEM0001', /regular expression/],
      'print s = "" | parse kind=regex s with "a|b" x': ['SEM0001', /alternatives/],
    });
  });
});
