// No secret of a connection string shows in what is logged, thrown, printed or stored, however wrong the string or the service is.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { jsonLogger as sdkLogger } from '@drasi-kusto/source-sdk';
import { FakeKusto } from '../../../kusto-client/src/testing/fake-kusto.ts';
import { textLogger } from '../services/loggers.ts';
import { SourceReader } from '../query/source-reader.ts';
import { configFingerprint } from './fingerprint.ts';
import { parseConfig, parseEntity } from './config.ts';

const SECRET = 's3cr8Q~7z9x';
const base = { KUSTO_DATABASE: 'db', KUSTO_TABLE: 'T', PRIMARY_KEY: 'k' };
const application = 'Application Client Id=app;Authority Id=tenant';
const secretly = [
  `Data Source=https://c.kusto.windows.net;${application};Application Key=${SECRET}`,
  `Data Source=https://c.kusto.windows.net;Application Token=${SECRET}`,
  `Data Source=https://c.kusto.windows.net;User Token=${SECRET}`,
  `Data Source=https://c.kusto.windows.net;${application};Application Certificate PrivateKey="-----BEGIN ${SECRET}"`,
];

/** Everything that a value shows to whoever prints, throws or stores it. */
function shown(value: unknown): string {
  const parts: string[] = [inspect(value, { depth: null, showHidden: true, getters: true })];
  parts.push(
    String(value),
    JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? '' : item)),
  );
  for (let at = value; at instanceof Error; at = at.cause)
    parts.push(at.message, at.stack ?? '', JSON.stringify(at));
  return parts.join('\n');
}

const hides = (value: unknown): void => {
  for (const part of [SECRET, SECRET.slice(0, 6), SECRET.slice(-6)])
    assert.ok(!shown(value).includes(part), `${part} shows in ${shown(value).slice(0, 2_000)}`);
};

describe('secrets', { timeout: 60_000 }, () => {
  it('do not show in a configuration, its fingerprint or a log line', () => {
    for (const uri of secretly) {
      const config = parseEntity('storms', { ...base, KUSTO_URI: uri });
      hides(config);
      hides(configFingerprint(parseConfig('storms', { ...base, KUSTO_URI: uri })));
      const stream = new PassThrough();
      for (const logger of [textLogger('debug', stream), sdkLogger(stream, { level: 'debug' })])
        for (const level of ['debug', 'info', 'warn', 'error'] as const)
          logger[level]('a line', {
            config,
            auth: config.connection.auth,
            error: new Error('x', { cause: config }),
          });
      const lines = String(stream.read());
      assert.ok(lines.includes('[secret]'), 'it was there to be shown');
      hides(lines);
    }
  });

  it('do not show in the error of a connection string that is wrong, wherever they stand in it', () => {
    const keyword = fc.constantFrom(
      'Application Key',
      'AppKey',
      'Application Token',
      'Password',
      'Pwd',
      'Application Certificate PrivateKey',
      'Aplication Key',
      'Certificate Thumbprint',
    );
    // Semicolons, quotes and equal signs in or around a secret that is not quoted as it should be.
    const value = fc.constantFrom(
      SECRET,
      `a;${SECRET}`,
      `a;${SECRET}=b`,
      `a;${SECRET};b`,
      `"a;${SECRET}`,
      `"a"${SECRET}`,
      `'a;${SECRET}=b`,
      `a;${SECRET}="b`,
      `${SECRET}=="b;${SECRET}=`,
    );
    const other = fc.constantFrom(
      application,
      'Fed=true',
      'Initial Catalog=db',
      'Nonsense=1',
      'Data Source=https://c.kusto.windows.net',
      `Data Source=https://u:${SECRET}@c.kusto.windows.net`,
      `https://c.kusto.windows.net?sig=${SECRET}`,
    );
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(other, { maxLength: 3 }),
        keyword,
        value,
        fc.array(other, { maxLength: 2 }),
        (first, name, secret, last) => {
          const uri = [...first, `${name}=${secret}`, ...last].join(';');
          try {
            hides(parseEntity('storms', { ...base, KUSTO_URI: uri }));
          } catch (error) {
            if (error instanceof assert.AssertionError) throw error;
            refused += 1;
            hides(error);
          }
        },
      ),
      { numRuns: 500 },
    );
    assert.ok(refused > 100, `${refused} were refused`);
  });

  it('do not show in the errors of a service that refuses, breaks off or is not there', async () => {
    for (const answer of [
      { status: 401, body: '' },
      { status: 403, body: '{"error":{"code":"Forbidden","message":"no"}}' },
      { status: 500, body: 'what' },
      { status: 200, body: '[{"FrameType":"DataSetHeader"' },
    ]) {
      const kusto = await FakeKusto.start();
      const uri = `Data Source=${kusto.uri};Application Token=${SECRET}`;
      kusto.answer(answer);
      hides(await failure(uri));
      assert.ok(
        kusto.requests.some(({ headers }) => headers.authorization?.includes(SECRET)),
        'the token was sent',
      );
      await kusto[Symbol.asyncDispose]();
      // Nobody there any more.
      hides(await failure(uri));
    }
  });
});

async function failure(uri: string): Promise<unknown> {
  const config = parseEntity('storms', { ...base, KUSTO_URI: uri });
  const stream = new PassThrough();
  const logger = textLogger('debug', stream);
  await using reader = new SourceReader({ config, logger, env: {}, retry: { maxAttempts: 1 } });
  hides(reader);
  try {
    await reader.cursor(new AbortController().signal);
  } catch (error) {
    hides(String(stream.read() ?? ''));
    logger.error('it failed', { error });
    hides(String(stream.read() ?? ''));
    return error;
  }
  throw new Error('it did not fail');
}
