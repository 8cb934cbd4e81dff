/** The rules of the reference that are easiest to get wrong, each with the page it comes from. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkValues } from '../src/kql/testing/cases.ts';
import { stormEvents } from '../src/kql/testing/harness.ts';
import { testHarness } from '../src/kql/testing/test-harness.ts';

describe('rules of the reference', () => {
  const harness = testHarness([stormEvents]);

  async function rows(query: string, expected: readonly string[]): Promise<void> {
    const answer = await harness.run(query);
    assert.deepEqual(answer.rows, expected, query);
  }

  /** The rows without an order. */
  async function multiset(query: string, expected: readonly string[]): Promise<void> {
    const answer = await harness.run(query);
    assert.deepEqual(answer.rows.toSorted(), expected.toSorted(), query);
  }

  it('null-values: comparisons, binary operators, not, in', async () => {
    await checkValues(harness, {
      'long(null) == long(null)': 'null',
      'long(null) != long(null)': 'null',
      'long(null) == 3': 'false',
      'long(null) != 3': 'true',
      'long(null) > 3': 'null',
      'long(null) <= 3': 'null',
      'long(null) + 10': 'null',
      'long(null) * 10': 'null',
      'datetime(null) - datetime(2020-01-01)': 'null',
      'bool(null) and false': 'false',
      'false and bool(null)': 'false',
      'bool(null) and true': 'null',
      'bool(null) or true': 'true',
      'bool(null) or false': 'null',
      'not(bool(null))': 'null',
      'long(null) in (1, 2)': 'false',
      'long(null) !in (1, 2)': 'true',
      'real(null) > 3.5': 'null',
      'real(nan) > real(null)': 'null',
      'not(real(nan) > 1.0)': 'true',
      'not(todouble("nan") < todouble(""))': 'null',
      'isnull(long(null))': 'true',
      'isnotnull(long(null))': 'false',
      'notnull(1)': 'true',
    });
  });

  it('null-values: where drops what is null', async () => {
    const table = "datatable(a:int, b:string)[5, 'x', int(null), 'y', 6, 'z']";
    await rows(`${table} | where a != 5 | project b`, ["'y'", "'z'"]);
    await rows(`${table} | where not(a == 5) | project b`, ["'y'", "'z'"]);
    await rows(`${table} | where a > 5 | project b`, ["'z'"]);
    await rows(`${table} | where not(a > 5) | project b`, ["'x'"]);
    await rows(`${table} | where a <= 5 or isnull(a) | project b`, ["'x'", "'y'"]);
    await rows(`${table} | filter a != int(null) | project b`, ["'x'", "'z'"]);
  });

  it('null-values: a string has no null', async () => {
    await checkValues(harness, {
      "isnull('')": 'false',
      "isempty('')": 'true',
      "notempty('x')": 'true',
      'tostring(long(null))': "''",
      "strcat('<', long(null), '>')": "'<>'",
      'isnull(tostring(long(null)))': 'false',
      "'' == tostring(long(null))": 'true',
      "coalesce('', 'b')": "'b'",
      'coalesce(long(null), 7)': '7',
    });
    await rows(
      "datatable(k:long)[1] | join kind=leftouter (datatable(k:long, s:string)[2, 'x']) on k | project s, k1",
      ["'' | null"],
    );
    await rows("datatable(k:long)[1] | union (datatable(s:string)['x'])", ["1 | ''", "null | 'x'"]);
  });

  it('summarize: no rows with and without keys', async () => {
    const empty = 'datatable(x:long, s:string, r:real)[]';
    await rows(`${empty} | summarize count() by s`, []);
    await rows(
      `${empty} | summarize count(), countif(x > 0), dcount(x), dcountif(x, x > 0), sum(x), sumif(x, x > 0)`,
      ['0 | 0 | 0 | 0 | 0 | 0'],
    );
    await rows(`${empty} | summarize make_set(x), make_list(x)`, ['[] | []']);
    await rows(`${empty} | summarize variance(x), varianceif(x, true), stdev(x), stdevif(x, true)`, [
      '0 | 0 | 0 | 0',
    ]);
    await rows(`${empty} | summarize min(x), max(x), take_any(x), arg_max(x, r)`, [
      'null | null | null | null | null',
    ]);
    await rows(`${empty} | summarize count_distinct(x), count_distinctif(x, x > 0)`, ['0 | 0']);
    await rows(`${empty} | summarize avg(x), avg(r), avgif(x, x > 0)`, ['NaN | NaN | NaN']);
    await rows(`${empty} | count`, ['0']);
  });

  it('summarize: aggregates leave nulls out, count does not', async () => {
    const table = 'datatable(x:long, r:real)[1, real(null), long(null), 2.0, 3, 4.0]';
    await rows(`${table} | summarize count(), sum(x), avg(x), min(x), max(x), dcount(x)`, [
      '3 | 4 | 2 | 1 | 3 | 2',
    ]);
    await rows(`${table} | summarize sum(r), avg(r), count_distinct(r), countif(isnull(r))`, [
      '6 | 3 | 2 | 1',
    ]);
    await rows(`${table} | where isnull(x) | summarize sum(x), dcount(x), make_list(x), min(x)`, [
      '0 | 0 | [] | null',
    ]);
    await rows(`${table} | summarize make_list(x)`, ['[1,3]']);
    await rows(`${table} | summarize make_list_if(r, r > 2), minif(x, r > 2), maxif(x, x < 2)`, [
      '[4.0] | 3 | 1',
    ]);
    await rows(`${table} | summarize stdevp(x), variancep(x), variance(x)`, ['1 | 1 | 2']);
    await rows(`${table} | summarize stdevif(x, x < 3), varianceif(x, x > 0)`, ['0 | 2']);
    await rows(`${table} | summarize count_distinctif(x, r > 0)`, ['1']);
    await rows("datatable(s:string)['', 'a', 'a'] | summarize dcount(s), count_distinct(s)", ['2 | 2']);
    await rows(
      "datatable(s:string)['b', 'b'] | summarize make_set(s), make_set_if(s, s == 'x'), makeset(s)",
      ['["b"] | [] | ["b"]'],
    );
    await rows('datatable(x:long)[5, 6] | summarize makelist(x, 1)', ['[5]']);
  });

  it('summarize: rows of nulls form a group', async () => {
    await multiset('datatable(k:long, v:long)[1, 1, long(null), 2, long(null), 3] | summarize sum(v) by k', [
      '1 | 1',
      'null | 5',
    ]);
    await multiset('datatable(r:real)[real(nan), real(nan), real(null)] | summarize count() by r', [
      'NaN | 2',
      'null | 1',
    ]);
  });

  it('arg-max: the whole row of the extreme; a null loses, unless there is nothing else', async () => {
    const table = `datatable(g:string, c:string, v:int)['a', 'one', 1, 'a', 'two', int(null),
      'b', 'three', int(null), 'b', 'four', int(null), 'c', 'five', 1, 'c', 'six', 2]`;
    const answer = await harness.run(`${table} | summarize arg_max(v, *) by g | sort by g asc`);
    assert.equal(answer.rows[0], "'a' | 1 | 'one'");
    assert.match(answer.rows[1] ?? '', /^'b' \| null \| '(?:three|four)'$/);
    assert.equal(answer.rows[2], "'c' | 2 | 'six'");
    await rows(`${table} | where g == 'c' | summarize arg_min(v, c)`, ["1 | 'five'"]);
    // Ties: all columns are of one row.
    const tie = await harness.run(
      'range i from 1 to 50 step 1 | extend k = 1, a = i, b = -i | summarize arg_max(k, a, b) | project s = a + b',
    );
    assert.deepEqual(tie.rows, ['0']);
  });

  it('take-any: of one column, a value that is not null or empty', async () => {
    await rows(
      "datatable(x:long, s:string)[long(null), '', 3, '', long(null), 'q'] | summarize take_any(x), take_any(s)",
      ["3 | 'q'"],
    );
    await rows(
      'range i from 1 to 9 step 1 | extend j = i * 2 | summarize take_any(i, j) | project j - i * 2',
      ['0'],
    );
  });

  it('percentiles: the nearest rank', async () => {
    await rows('range x from 1 to 4 step 1 | summarize percentiles(x, 0, 25, 26, 50, 75, 100)', [
      '1 | 1 | 2 | 2 | 3 | 4',
    ]);
    await rows('range x from 1 to 100 step 1 | summarize percentiles(x, 7, 29, 57, 95)', [
      '7 | 29 | 57 | 95',
    ]);
    await rows('range x from 1 to 1000 step 1 | summarize percentile(x, 99.9), percentile(x, 0.1)', [
      '999 | 1',
    ]);
  });

  it('numerical-operators: division and remainder', async () => {
    await checkValues(harness, {
      '1 / 2': '0',
      '1.0 / 2': '0.5',
      '1 / 2.0': '0.5',
      '-7 / 2': '-3',
      '-14 % 12': '10',
      '14 % -12': '2',
      '-14 % -12': '10',
      '-0.5 % 2': '1.5',
      'gettype(int(1) + int(1))': "'long'",
      'gettype(int(1) / 2.0)': "'real'",
    });
  });

  it('bin: below negatives too; null for a size that is none', async () => {
    await checkValues(harness, {
      'bin(4.5, 1)': '4',
      'bin(-4.5, 1)': '-5',
      'bin(-7, 5)': '-10',
      'bin(-10, 5)': '-10',
      'bin(7, -5)': 'null',
      'bin(7, 0)': 'null',
      'bin(long(null), 5)': 'null',
      'bin(time(16d), 7d)': '14.00:00:00',
      'bin(-1h, 1d)': '-1.00:00:00',
      'bin(datetime(1970-05-11 13:45:07), 1d)': '1970-05-11T00:00:00.0000000Z',
      'floor(-2.5, 1)': '-3',
    });
  });

  it('datetime-timespan-arithmetic', async () => {
    await checkValues(harness, {
      'datetime(1997-06-25) - datetime(1910-06-11)': '31791.00:00:00',
      '1d + 2d': '3.00:00:00',
      'datetime(1910-06-11) + 1d': '1910-06-12T00:00:00.0000000Z',
      '1d / 5h': '4.8',
      '1h / 1s': '3600',
      '1.5 * 1h': '01:30:00',
      'datetime(1970-01-01) + 1546897531 * 1sec': '2019-01-07T21:45:31.0000000Z',
    });
  });

  it('sort: descending by default, nulls first for asc and last for desc, NaN beside null', async () => {
    const table = 'datatable(r:real)[5.0, real(null), real(-inf), real(nan), 0.0, real(+inf), -5.0]';
    await rows(`${table} | sort by r`, ['Infinity', '5', '0', '-5', '-Infinity', 'NaN', 'null']);
    await rows(`${table} | order by r asc`, ['null', 'NaN', '-Infinity', '-5', '0', '5', 'Infinity']);
    await rows(`${table} | sort by r asc nulls last`, [
      '-Infinity',
      '-5',
      '0',
      '5',
      'Infinity',
      'NaN',
      'null',
    ]);
    await rows(`${table} | sort by r desc nulls first`, [
      'null',
      'NaN',
      'Infinity',
      '5',
      '0',
      '-5',
      '-Infinity',
    ]);
    await rows('datatable(x:long)[1, long(null), 2] | top 2 by x', ['2', '1']);
    await rows('datatable(x:long)[1, long(null), 2] | top 2 by x asc', ['null', '1']);
    await rows("datatable(s:string)['b', '', 'B', 'ä', 'a'] | sort by s asc", [
      "''",
      "'B'",
      "'a'",
      "'b'",
      "'ä'",
    ]);
  });

  it('join-innerunique: one left row a key; join-inner: all; keys and order of columns', async () => {
    const sides = (kind: string) =>
      `let X = datatable(k:string, a:long)['p', 1, 'q', 2, 'q', 3, 'r', 4];
       let Y = datatable(k:string, b:long)['q', 10, 'r', 20, 'r', 30, 's', 40];
       X | join ${kind} Y on k`;
    const unique = await harness.run(sides(''));
    assert.deepEqual(unique.columns, ['k:string', 'a:long', 'k1:string', 'b:long']);
    assert.equal(unique.rows.filter((row) => row.startsWith("'q'")).length, 1);
    assert.equal(unique.rows.length, 3);
    await multiset(sides('kind=inner'), [
      "'q' | 2 | 'q' | 10",
      "'q' | 3 | 'q' | 10",
      "'r' | 4 | 'r' | 20",
      "'r' | 4 | 'r' | 30",
    ]);
    await multiset(sides('kind=fullouter'), [
      "'p' | 1 | '' | null",
      "'q' | 2 | 'q' | 10",
      "'q' | 3 | 'q' | 10",
      "'r' | 4 | 'r' | 20",
      "'r' | 4 | 'r' | 30",
      "'' | null | 's' | 40",
    ]);
    await multiset(sides('kind=leftanti'), ["'p' | 1"]);
    await multiset(sides('kind=rightanti'), ["'s' | 40"]);
    await multiset(sides('kind=leftsemi'), ["'q' | 2", "'q' | 3", "'r' | 4"]);
    await multiset(sides('kind=rightsemi'), ["'q' | 10", "'r' | 20", "'r' | 30"]);
  });

  it('join: keys that are null match nothing', async () => {
    const sides = (kind: string) =>
      `datatable(k:long, a:long)[long(null), 1, 2, 2] | join kind=${kind} (datatable(k:long, b:long)[long(null), 10, 2, 20]) on k`;
    await multiset(sides('inner'), ['2 | 2 | 2 | 20']);
    await multiset(sides('leftanti'), ['null | 1']);
    await multiset(sides('leftouter'), ['2 | 2 | 2 | 20', 'null | 1 | null | null']);
  });

  it('datatypes-string-operators: terms and case', async () => {
    await checkValues(harness, {
      "'KustoExplorerQueryRun' has 'Explorer'": 'false',
      "'KustoExplorerQueryRun' contains 'Explorer'": 'true',
      "'x: ad67d136-c1db-4f9f' has 'c1db'": 'true',
      "'x: ad67d136-c1db-4f9f' has '67d136'": 'false',
      "'a_b' has 'a'": 'true',
      "'North America' has 'america'": 'true',
      "'North America' !has 'amer'": 'true',
      "'North America' has_cs 'america'": 'false',
      "'North America' !has_cs 'amer'": 'true',
      "'North America' hasprefix 'ame'": 'true',
      "'North America' !hasprefix 'mer'": 'true',
      "'North America' hasprefix_cs 'Ame'": 'true',
      "'North America' !hasprefix_cs 'CA'": 'true',
      "'North America' hassuffix 'ica'": 'true',
      "'North America' !hassuffix 'americ'": 'true',
      "'North America' hassuffix_cs 'ica'": 'true',
      "'North America' !hassuffix_cs 'icA'": 'true',
      "'FabriKam' contains 'BRik'": 'true',
      "'Fabrikam' !contains 'xyz'": 'true',
      "'FabriKam' contains_cs 'Kam'": 'true',
      "'Fabrikam' !contains_cs 'Kam'": 'true',
      "'Fabrikam' startswith 'fab'": 'true',
      "'Fabrikam' !startswith 'kam'": 'true',
      "'Fabrikam' startswith_cs 'Fab'": 'true',
      "'Fabrikam' !startswith_cs 'fab'": 'true',
      "'Fabrikam' endswith 'Kam'": 'true',
      "'Fabrikam' !endswith 'brik'": 'true',
      "'Fabrikam' endswith_cs 'kam'": 'true',
      "'Fabrikam' !endswith_cs 'brik'": 'true',
      "'bCa' !in~ ('123', 'abc')": 'true',
      "'Abc' in~ ('123', 'abc')": 'true',
      "'aBc' !~ 'xyz'": 'true',
      '2 <= 2': 'true',
    });
  });

  it('dynamic: null and missing, casts, text', async () => {
    await checkValues(harness, {
      "isnull(dynamic({'a': null}).a)": 'true',
      "isnull(dynamic({'a': null}).b)": 'true',
      "isnull(dynamic({'a': 1}).a)": 'false',
      'dynamic([100, 101])[(-1)]': '101',
      "tolong(dynamic({'a': 100}).a)": '100',
      "tostring(dynamic({'a': 'x'}).a)": "'x'",
      'tostring(dynamic([1, 2]))': "'[1,2]'",
      "todatetime(dynamic({'a b c': '2015-01-01'})['a b c'])": '2015-01-01T00:00:00.0000000Z',
      "tolong(dynamic({'a': 'x'}).a)": 'null',
      'parsejson(\'{"a": 1}\').a': '1',
      "toobject('[1]')[0]": '1',
    });
  });

  it('comments: they are no part of what follows them (syntax conventions, string)', async () => {
    await checkValues(harness, {
      "strlen('ab' // it's a comment\n 'c')": '3',
      "strlen( // a comment, 'x'\n 'abc')": '3',
      '// a comment\n 5 // another': '5',
      'datetime(2020-01-01) // at midnight\n + // and\n 1d': '2020-01-02T00:00:00.0000000Z',
      "'a' // left\n == // equals\n 'a'": 'true',
      'dynamic( // a comment\n [1]) // behind': '[1]',
    });
    await rows('datatable(x:long)[3, 1] // rows\n | sort by x // desc\n asc // up\n | take // one\n 1', [
      '1',
    ]);
  });

  it('to…: what cannot be converted is null', async () => {
    await checkValues(harness, {
      "tolong('12x')": 'null',
      "toint('2147483648')": 'null',
      'toint(2.9)': '2',
      'toint(-2.9)': '-2',
      'toint(decimal(3000000000.5))': 'null',
      "todouble('')": 'null',
      "todatetime('2020-13-01')": 'null',
      "totimespan('25:00:00')": 'null',
      "tobool('maybe')": 'null',
      "toboolean('true')": 'true',
      "toguid('x')": 'null',
      'tobool(0)': 'false',
    });
  });

  it('toint: what is beyond the range is null in a comparison too', async () => {
    const table = 'datatable(x:long, d:decimal)[5000000000, decimal(5000000000), 5, decimal(5)]';
    await rows(`${table} | where toint(x) > 1 | project x`, ['5']);
    await rows(`${table} | where toint(d) > 1 | project x`, ['5']);
    await rows(`${table} | where toint(x) != 5 | project x`, ['5000000000']);
  });

  it('long: an overflow is an error, never another number', async () => {
    for (const expression of [
      '9223372036854775807 + 1',
      '-9223372036854775807 - 2',
      '9223372036854775807 * 2',
      'abs(long(-9223372036854775807) - 1)',
      '(long(-9223372036854775807) - 1) / -1',
    ]) {
      const outcome = await harness.value(expression).then(
        (value) => value,
        () => 'error',
      );
      assert.ok(outcome === 'error' || outcome === 'null', `${expression}: ${outcome}`);
    }
  });

  it('mathematical functions', async () => {
    await checkValues(harness, {
      'round(2.98765, 3)': '2.988',
      'round(2.15, 1)': '2.2',
      'round(-50.55, -2)': '-100',
      'round(21.5, -1)': '20',
      'acos(1.0)': '0',
      'asin(0.0)': '0',
      'atan(0.0)': '0',
      'atan2(0.0, 1.0)': '0',
      'cos(0.0)': '1',
      'sin(0.0)': '0',
      'tan(0.0)': '0',
      'degrees(0.0)': '0',
      'radians(0.0)': '0',
      'exp10(3.0)': '1000',
      'exp2(3.0)': '8',
      'round(pi(), 5)': '3.14159',
      'acos(2.0)': 'NaN',
    });
  });

  it('other functions', async () => {
    await checkValues(harness, {
      "hash_sha1('')": "'da39a3ee5e6b4b0d3255bfef95601890afd80709'",
      "string_size('ä')": '2',
      "replace('b', 'x', 'abc')": "'axc'",
      'array_length(set_union(dynamic([1, 2]), dynamic([2, 3])))': '3',
      'set_intersect(dynamic([1, 2]), dynamic([2, 3]))': '[2]',
      'set_difference(dynamic([1, 2]), dynamic([2, 3]))': '[1]',
    });
    await rows("datatable(a:long, b:string)[1, 'x'] | project pack_all()", ['{"a":1,"b":"x"}']);
  });

  it('mv-expand: null makes a row, an empty array none; mv-apply; lookup', async () => {
    const table =
      'datatable(i:long, d:dynamic)[1, dynamic([7, "x"]), 2, dynamic(null), 3, dynamic([]), 4, dynamic({"a": 1})]';
    await multiset(`${table} | mv-expand d`, ['1 | 7', '1 | "x"', '2 | null', '4 | {"a":1}']);
    await multiset(`${table} | where i == 1 | mv-apply e = d on (where isnotnull(e) | count)`, [
      '1 | [7,"x"] | 2',
    ]);
    await multiset(`${table} | project i | lookup (datatable(i:long, s:string)[1, 'one']) on i`, [
      "1 | 'one'",
      "2 | ''",
      "3 | ''",
      "4 | ''",
    ]);
    await rows('datatable(a:long, b:long)[1, 2] | project bag_pack_columns(b, a)', ['{"b":2,"a":1}']);
  });

  it('make-bag, make-list-with-nulls, buildschema, take-anyif', async () => {
    const table =
      'datatable(i:long, d:dynamic)[1, dynamic({"a": 1}), long(null), dynamic({"b": "x"}), 3, dynamic(5)]';
    await rows(
      `${table} | summarize b = make_bag(d) | project tolong(b.a), tostring(b.b), array_length(bag_keys(b))`,
      ["1 | 'x' | 2"],
    );
    await rows(`${table} | summarize make_bag_if(d, i == 1)`, ['{"a":1}']);
    await rows(`${table} | summarize n = make_list_with_nulls(i) | project array_length(n), isnull(n[1])`, [
      '3 | true',
    ]);
    await rows(`${table} | summarize take_anyif(i, i > 1)`, ['3']);
    await rows(
      'datatable(d:dynamic)[dynamic({"a": 1})] | summarize s = buildschema(d) | project tostring(s.a)',
      ["'long'"],
    );
  });

  it('toscalar: a constant for the whole query, also of what is random', async () => {
    await rows('let g = toscalar(new_guid()); range x from 1 to 50 step 1 | extend g | distinct g | count', [
      '1',
    ]);
    await rows(
      'let r = toscalar(rand()); range x from 1 to 50 step 1 | where r == r | extend r | distinct r | count',
      ['1'],
    );
    await rows(
      'let r = toscalar(range x from 1 to 9 step 1 | extend y = rand() | project y); print same = r == r, a = r - r',
      ['true | 0'],
    );
    await rows('print toscalar(datatable(s:string)[]), toscalar(datatable(x:long)[2, 3] | sort by x desc)', [
      "'' | 3",
    ]);
  });

  it('project-keep, project-rename, project-reorder', async () => {
    const table = 'datatable(a:long, b:long, c:long)[1, 2, 3]';
    await rows(`${table} | project-keep c, a`, ['1 | 3']);
    await rows(`${table} | project-rename z = b | project z`, ['2']);
    const renamed = await harness.run(`${table} | project-rename z = b`);
    assert.deepEqual(renamed.columns, ['a:long', 'z:long', 'c:long']);
    await rows(`${table} | project-reorder c`, ['3 | 1 | 2']);
    await rows('datatable(a:long)[1, 1] | limit 1', ['1']);
  });
});
