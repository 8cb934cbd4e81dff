import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEntity } from '../config/config.ts';
import type { PropertyValues } from '../config/properties.ts';
import { markRows, notForLatest } from './latest-query.ts';
import { analyzeQuery } from './source-query.ts';

const marked = (text: string, deletedWhen?: string, head?: string): string =>
  markRows(text, deletedWhen, head).rows;

describe('a query whose filters mark rows', () => {
  it('keeps every row, the order of operators, comments and the user’s let statements', () => {
    const text =
      "let limit = 1; // of a\nT // all\n| where a > limit // more\n| extend b = '| where c'\n| filter b != ')' | project k, b // end";
    const { lets, rows } = markRows(analyzeQuery(text, 'T').text, 'IsDeleted // soft');
    assert.equal(lets, 'let limit = 1; // of a\n');
    assert.equal(
      rows,
      [
        'T // all',
        '',
        '| extend __drasi_live = not(coalesce(tobool((',
        'IsDeleted // soft',
        ')), false))',
        '| extend __drasi_live = __drasi_live and coalesce(tobool((',
        'a > limit // more',
        ')), false)',
        "| extend b = '| where c'",
        '| extend __drasi_live = __drasi_live and coalesce(tobool((',
        "b != ')'",
        ')), false)',
        '| project k, b, __drasi_live',
      ].join('\n'),
    );
  });

  it('is marked in all rows where nothing filters; the table may be put in its place', () => {
    assert.equal(marked('T'), 'T\n| extend __drasi_live = true');
    assert.equal(
      marked("['my T'] | project-keep k*", undefined, 'table("my T") | where x'),
      'table("my T") | where x \n| extend __drasi_live = true\n| project-keep k*, __drasi_live',
    );
  });

  it('is refused where a row that is left out cannot be followed, with the place', () => {
    const refused: Readonly<Record<string, RegExp>> = {
      'T | parse-where s with * "x" a': /line 1, column 5: parse-where leaves out/,
      'T | where * has "x"': /line 1, column 11: \* looks at every column/,
      'T | where a > 1 and (* has "x")': /\* looks at every column/,
      'T | project-away b, _*': /project-away takes __drasi_live away/,
      'T | extend __drasi_live = 1': /a name of the Source's own/,
    };
    for (const [text, reason] of Object.entries(refused)) {
      assert.match(notForLatest(text) ?? '', reason, text);
      assert.match(analyzeQuery(text, 'T').notForLatest ?? '', reason, text);
      assert.throws(() => markRows(text, undefined), { code: 'QUERY' }, text);
    }
    for (const text of ['T | where a * 2 > 1', 'T | where s has "*"', 'T | project-away b*, c_*'])
      assert.equal(notForLatest(text), undefined, text);
  });

  it('of which CHANGE_DETECTION latest says at once that it cannot be followed', () => {
    const properties: PropertyValues = {
      KUSTO_URI: 'http://127.0.0.1:8080',
      KUSTO_DATABASE: 'db',
      KUSTO_TABLE: 'T',
      PRIMARY_KEY: 'k',
      KUSTO_QUERY: 'T | parse-where s with "x" k',
    };
    assert.equal(parseEntity('storms', properties).changeDetection, 'auto');
    assert.throws(() => parseEntity('storms', { ...properties, CHANGE_DETECTION: 'latest' }), /parse-where/);
  });
});
