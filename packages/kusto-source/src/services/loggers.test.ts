import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { KustoSourceError } from '../errors.ts';
import { openLogger, textLogger } from './loggers.ts';

class Sink extends Writable {
  readonly isTTY: boolean;
  readonly columns = 60;
  text = '';

  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}

const level = 'info';

describe('the text log', () => {
  it('says the entity, the message and why, what was counted, and leaves the rest to programs and to debug', () => {
    const stderr = new Sink();
    const log = textLogger('info', stderr);
    log.info('reading', { entity: 'Site', rows: 1200, slices: 1, fold: true });
    log.info('bootstrap complete', { labels: ['Site', 'Plant'], bytes: 77 });
    log.warn('publishing failed, it will be tried again', { error: 'HTTP 503', attempt: 2 });
    log.debug('not at this level');
    assert.equal(
      stderr.text,
      'Site: reading (1,200 rows, 1 slice)\nSite, Plant: bootstrap complete\nwarn: publishing failed, it will be tried again: HTTP 503\n',
    );
    const all = new Sink();
    textLogger('debug', all).info('reading', { entity: 'Site', fold: true, nothing: undefined });
    assert.equal(all.text, 'Site: reading fold=true\n');
  });

  it('is safe on a terminal: one short line of what a service says', () => {
    const stderr = new Sink();
    textLogger('info', stderr).warn('no', { reason: `\u001b[2J<p>\r\n${'x'.repeat(5000)}` });
    assert.match(stderr.text, /^warn: no: <p> x+\n$/);
    assert.ok(stderr.text.length < 2100);
  });

  it('breaks between words on a terminal, and goes on under itself', () => {
    const stderr = new Sink(true);
    textLogger('info', stderr, { NO_COLOR: '1' }).warn('word '.repeat(30).trim());
    const lines = stderr.text.trimEnd().split('\n');
    assert.ok(lines.length === 3, stderr.text);
    for (const [index, line] of lines.entries()) {
      assert.ok(line.length <= 60);
      assert.match(line, index === 0 ? /^warn: word/ : /^ {2}word/);
    }
  });

  it('has colour on a terminal only, and not where NO_COLOR is set', () => {
    const written = (isTTY: boolean, env: Record<string, string>): string => {
      const stderr = new Sink(isTTY);
      textLogger('info', stderr, env).error('no');
      return stderr.text;
    };
    assert.equal(written(true, {}), '\u001b[31merror:\u001b[39m no\n');
    for (const text of [
      written(true, { NO_COLOR: '1' }),
      written(true, { TERM: 'dumb' }),
      written(false, {}),
    ])
      assert.equal(text, 'error: no\n');
  });
});

describe('the form of the log', () => {
  const written = (env: Record<string, string>, format?: 'json'): string => {
    const stderr = new Sink();
    const options = { level, stderr, env, service: 'proxy' } as const;
    openLogger(format === undefined ? options : { ...options, format }).info('hello', { rows: 3 });
    return stderr.text;
  };

  it('is that of LOG_FORMAT, or else what suits who reads it', () => {
    assert.equal(written({}), 'hello (3 rows)\n');
    assert.equal(written({ LOG_FORMAT: 'text' }, 'json'), 'hello (3 rows)\n');
    for (const text of [
      written({}, 'json'),
      written({ LOG_FORMAT: '' }, 'json'),
      written({ LOG_FORMAT: 'json' }),
    ]) {
      const { time: _time, ...line } = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual(line, { service: 'proxy', level: 'info', message: 'hello', rows: 3 });
    }
  });

  it('is refused where there is no such one', () => {
    assert.throws(
      () => written({ LOG_FORMAT: 'xml' }),
      (error) => error instanceof KustoSourceError && /LOG_FORMAT is "xml"/.test(error.message),
    );
  });
});
