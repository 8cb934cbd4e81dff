import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import type { TerminalStream } from '../terminal.ts';
import { AlreadyTold } from './exit-code.ts';
import { runService } from './run-service.ts';

function sink(isTTY: boolean): TerminalStream & { readonly lines: readonly string[] } {
  let text = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return Object.defineProperty(Object.assign(stream, { isTTY, lines: [] }), 'lines', {
    get: () => text.split('\n').filter((line) => line !== ''),
  });
}

const properties = {
  SOURCE_ID: 'storms',
  KUSTO_URI: 'http://127.0.0.1:9',
  KUSTO_DATABASE: 'db',
  KUSTO_TABLE: 'T',
};

/** What a service with a configuration that lacks the key writes to stderr, and where Kubernetes looks. */
async function failed(
  service: 'proxy' | 'reactivator',
  isTTY: boolean,
  env: Record<string, string> = {},
): Promise<{ readonly lines: readonly string[]; readonly left: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'drasi-kusto-test-'));
  const terminationLog = join(folder, 'termination-log');
  await writeFile(terminationLog, '');
  const stderr = sink(isTTY);
  const context = {
    env: { ...properties, ...env },
    stdout: sink(false),
    stderr,
    signal: new AbortController().signal,
  };
  try {
    await assert.rejects(
      runService(context, service, terminationLog),
      (error) => error instanceof AlreadyTold && error.exitCode === 2,
    );
    return { lines: stderr.lines, left: await readFile(terminationLog, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('a service that fails', () => {
  it('tells it once, as a line of its log, and leaves it for Kubernetes', async () => {
    for (const service of ['proxy', 'reactivator'] as const) {
      const { lines, left } = await failed(service, false);
      assert.equal(lines.length, 1, lines.join('\n'));
      const { time: _time, message, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
      assert.deepEqual(line, { service, level: 'error', code: 'CONFIGURATION', exitCode: 2 });
      assert.match(String(message), /^PRIMARY_KEY is missing/);
      assert.match(left, /^CONFIGURATION: PRIMARY_KEY is missing/);
    }
  });

  it('tells it in words at a terminal, and where LOG_FORMAT says so', async () => {
    const words = /^error: CONFIGURATION: PRIMARY_KEY is missing/;
    assert.match((await failed('proxy', true, { NO_COLOR: '1' })).lines[0] ?? '', words);
    assert.match((await failed('proxy', false, { LOG_FORMAT: 'text' })).lines[0] ?? '', words);
  });

  it('tells of a LOG_FORMAT that there is not', async () => {
    const { lines } = await failed('proxy', false, { PRIMARY_KEY: 'id', LOG_FORMAT: 'xml' });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /LOG_FORMAT is \\"xml\\": it must be text or json/);
  });
});
