import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkRefusals } from '../testing/cases.ts';
import { stormEvents } from '../testing/harness.ts';
import { testHarness } from '../testing/test-harness.ts';

const harness = testHarness([stormEvents]);

function chart(query: string): unknown {
  return JSON.parse(harness.compile(query).visualization ?? 'null');
}

it('render becomes the visualization of the answer, with the names that clients read', () => {
  assert.deepEqual(
    chart(
      'StormEvents | render timechart with (title = "Damage by \'state\'", xcolumn = StartTime, ycolumns = Damage, Ratio, series = State, ymin = 0, ymax = 10.5, ytitle = "y", xtitle = "x", legend = hidden, accumulate = true, kind = stacked, ysplit = panels, xaxis = log, yaxis = linear)',
    ),
    {
      Visualization: 'timechart',
      Title: "Damage by 'state'",
      XColumn: 'StartTime',
      YColumns: ['Damage', 'Ratio'],
      Series: ['State'],
      Ymin: 0,
      Ymax: 10.5,
      YTitle: 'y',
      XTitle: 'x',
      Legend: 'hidden',
      Accumulate: true,
      Kind: 'stacked',
      YSplit: 'panels',
      XAxis: 'log',
      YAxis: 'linear',
    },
  );
  assert.deepEqual(chart('StormEvents | render anomalychart with (anomalycolumns = Damage)'), {
    Visualization: 'anomalychart',
    AnomalyColumns: ['Damage'],
  });
  assert.equal(chart('StormEvents'), null);
});

it('every documented chart', () => {
  for (const kind of [
    'anomalychart areachart barchart card columnchart ladderchart linechart piechart pivotchart',
    'plotly scatterchart stackedareachart table timechart timepivot treemap',
  ].flatMap((kinds) => kinds.split(' '))) {
    assert.deepEqual(chart(`StormEvents | render ${kind}`), { Visualization: kind });
  }
});

it('a property that is none is refused', () => {
  checkRefusals(harness, { 'StormEvents | render piechart with (bar = 1)': ['SYN0002', /./] });
});
