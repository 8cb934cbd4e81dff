import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import { jsonLogger } from './json-logger.ts';
import { Secret } from './settings/secret.ts';

it('the JSON logger writes one object a line, and no secret', () => {
  const stream = new PassThrough();
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const logger = jsonLogger(stream, { base: { service: 'proxy' }, clock });
  logger.debug('left out');
  logger.warn('two\nlines', { error: new Error('why'), lsn: 2n ** 60n, key: new Secret('hush') });
  const text = String(stream.read());
  assert.equal(text.indexOf('\n'), text.length - 1);
  assert.deepEqual(JSON.parse(text), {
    service: 'proxy',
    error: 'why',
    lsn: '1152921504606846976',
    key: '[secret]',
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    message: 'two\nlines',
  });
  jsonLogger(stream, { level: 'debug' }).debug('kept');
  assert.match(String(stream.read()), /"message":"kept"/);
});
