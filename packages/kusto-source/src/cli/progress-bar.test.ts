import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { assert as check, integer, nat, property } from 'fast-check';
import type { SnapshotProgress } from '../snapshot/progress.ts';
import { ProgressBar, progressLine, progressText } from './progress-bar.ts';

const progress = (more: Partial<SnapshotProgress> = {}): SnapshotProgress => ({
  rows: 12_000,
  expectedRows: 50_000,
  slicesDone: 1,
  slices: 5,
  startedAt: 0,
  now: 2_000,
  ...more,
});

class Terminal extends Writable {
  readonly isTTY: boolean;
  readonly columns = 80;
  text = '';

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}

describe('the progress of a snapshot', () => {
  it('names rows, rate, slices and the time left', () => {
    assert.equal(progressText(progress()), '12,000 of about 50,000 rows, 6,000/s, 1 of 5 slices, 7 s left');
    assert.equal(
      progressText(progress({ rows: 0, slicesDone: 0, slices: 1 })),
      '0 of about 50,000 rows, 0/s, 0 of 1 slice',
    );
    assert.match(progressText(progress({ now: 2_000_000 })), /106 min left|1\.8 h left/);
  });

  it('goes by slices where rows fold into fewer, and is never beyond the end', () => {
    assert.match(progressLine(progress({ rows: 10, slicesDone: 4 }), 120), /\[={24} {6}\]/);
    assert.match(progressLine(progress({ rows: 90_000 }), 120), /\[={30}\] .* 0 s left/);
  });

  it('fits any terminal', () => {
    check(
      property(nat(1e12), nat(1e12), integer({ min: 1, max: 300 }), (rows, expectedRows, columns) => {
        assert.ok(progressLine(progress({ rows, expectedRows }), columns).length < Math.max(1, columns));
      }),
    );
  });

  it('stays in its line on a terminal, and leaves it empty', () => {
    const terminal = new Terminal(true);
    const bar = new ProgressBar(terminal, () => assert.fail('a terminal gets no lines'));
    bar.update(progress());
    bar.update(progress({ now: 2_050 }));
    bar.update(progress({ now: 2_150 }));
    bar.clear();
    assert.equal(terminal.text.split('12,000').length - 1, 2, 'not drawn more often than a person can see');
    assert.ok(!terminal.text.includes('\n'));
    assert.ok(terminal.text.endsWith('\r\u001b[2K'));
  });

  it('is a line now and then elsewhere', () => {
    const lines: string[] = [];
    const bar = new ProgressBar(new Terminal(false), (line) => lines.push(line));
    for (let now = 0; now <= 30_000; now += 500) bar.update(progress({ now }));
    bar.clear();
    assert.equal(lines.length, 3);
  });
});
