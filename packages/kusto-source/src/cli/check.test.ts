import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { KustoError } from '@drasi-kusto/kusto-client';
import type { CheckResult } from '../check/check-run.ts';
import { check, exitCodeOfChecks } from './check.ts';
import { AlreadyTold } from './exit-code.ts';

class Terminal extends Writable {
  readonly isTTY: boolean;
  readonly columns: number;
  text = '';

  constructor(isTTY: boolean, columns: number) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.columns = columns;
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}

/** What the command writes for a file that is not there. */
async function written(terminal: Terminal, env: Record<string, string> = {}): Promise<string> {
  const stderr = new Terminal(false, 80);
  const file = '/nowhere/a folder whose name is longer than fits/source.yaml';
  const run = check(
    { env, stdout: terminal, stderr, signal: new AbortController().signal },
    { file, json: false, kql: false },
  );
  await assert.rejects(run, (error) => error instanceof AlreadyTold && error.exitCode === 2);
  assert.equal(stderr.text, '');
  return terminal.text;
}

const failed = (error?: unknown): CheckResult => ({
  check: 'table',
  status: 'fail',
  says: '',
  advice: '',
  error,
});

describe('the report of check', () => {
  it('keeps to 80 columns on a terminal, also a wider one and one that does not know', async () => {
    for (const columns of [80, 200, 0]) {
      const lines = stripVTControlCharacters(await written(new Terminal(true, columns))).split('\n');
      assert.ok(lines.length > 4, 'wrapped');
      for (const line of lines) assert.ok(line.length <= 80, line);
      assert.ok(Math.max(...lines.map((line) => line.length)) > 60, 'and uses them');
    }
    assert.match(await written(new Terminal(false, 80)), /^fail {2}configuration .* correct this first\.\n/);
  });

  it('has colour on a terminal only, and not where NO_COLOR is set', async () => {
    const coloured = (text: string): boolean => text.includes('\u001b[');
    assert.equal(coloured(await written(new Terminal(true, 80))), true);
    assert.equal(coloured(await written(new Terminal(false, 80))), false);
    assert.equal(coloured(await written(new Terminal(true, 80), { NO_COLOR: '1' })), false);
    assert.equal(coloured(await written(new Terminal(true, 80), { TERM: 'dumb' })), false);
  });
});

describe('the exit code of check', () => {
  it('is that of the first check that failed', () => {
    const warned: CheckResult = { check: 'keys', status: 'warn', says: '', advice: '' };
    assert.equal(exitCodeOfChecks([warned]), 0);
    assert.equal(exitCodeOfChecks([warned, failed()]), 1);
    assert.equal(exitCodeOfChecks([failed(new KustoError('KUSTO_DENIED', 'x')), failed()]), 4);
    assert.equal(exitCodeOfChecks([failed(new KustoError('KUSTO_UNREACHABLE', 'x'))]), 3);
  });
});
