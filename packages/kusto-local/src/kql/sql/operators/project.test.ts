import { describe, it } from 'node:test';
import { checkRefusals } from '../../testing/cases.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('the project operators', () => {
  const harness = testHarness([]);

  const numbered = 'print a100 = 1, b = 2, a20 = 3, a3 = 4, ab = 5';

  it('project-reorder: patterns by place, by name and by number', async () => {
    await checkRows(harness, [
      {
        query: `${numbered} | project-reorder b`,
        columns: 'b:long, a100:long, a20:long, a3:long, ab:long',
        rows: ['2 | 1 | 3 | 4 | 5'],
      },
      { query: `${numbered} | project-reorder a*`, rows: ['1 | 3 | 4 | 5 | 2'] },
      { query: `${numbered} | project-reorder a* asc`, rows: ['1 | 3 | 4 | 5 | 2'] },
      { query: `${numbered} | project-reorder a* desc`, rows: ['5 | 4 | 3 | 1 | 2'] },
      { query: `${numbered} | project-away ab | project-reorder a* granny-asc`, rows: ['4 | 3 | 1 | 2'] },
      { query: `${numbered} | project-away ab | project-reorder a* granny-desc, b`, rows: ['1 | 3 | 4 | 2'] },
      { query: `${numbered} | project-reorder b, * desc`, rows: ['2 | 5 | 4 | 3 | 1'] },
    ]);
  });

  it('project-away, project-keep and project-rename leave the order of the table', async () => {
    await checkRows(harness, [
      { query: `${numbered} | project-away a*`, columns: 'b:long', rows: ['2'] },
      { query: `${numbered} | project-away b, *0`, columns: 'a3:long, ab:long', rows: ['4 | 5'] },
      {
        query: `${numbered} | project-keep ab, b, a3`,
        columns: 'b:long, a3:long, ab:long',
        rows: ['2 | 4 | 5'],
      },
      { query: `${numbered} | project-keep *b*`, columns: 'b:long, ab:long', rows: ['2 | 5'] },
      { query: `${numbered} | project-keep *`, rows: ['1 | 2 | 3 | 4 | 5'] },
      { query: 'print a = 1, b = 2 | project-rename c = a', columns: 'c:long, b:long', rows: ['1 | 2'] },
    ]);
  });

  it('refuses what means nothing, and says where', () => {
    checkRefusals(harness, {
      "print a = 1 | project-rename [''] = a": ['SEM0001', /without a name.*1:1/],
      'print a = 1 | project-away a': ['SEM0001', /without columns.*1:1/],
      'print a = 1 | project-away z*': ['SEM0100', /1:28/],
      'print a = 1 | project-keep A': ['SEM0100', /Column name.*1:28/],
      'print a = 1, b = 2 | project-rename b = a': ['SEM0100', /'b'.*1:37/],
      'print a = 1 | project-reorder z': ['SEM0100', /'z'.*1:31/],
      'print a = 1 | project a = 2, a = 3': ['SEM0100', /'a'/],
    });
  });
});
