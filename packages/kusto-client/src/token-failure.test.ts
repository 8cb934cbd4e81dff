import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KustoClient } from './client.ts';
import { cached } from './credentials.ts';
import { KustoError } from './errors.ts';
import { v2Body } from './testing/bodies.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { FakeKusto } from './testing/fake-kusto.ts';
import { classOfTokenFailure } from './token-failure.ts';

const BODY = v2Body({ columns: [['k', 'long']], rows: [['1']] });
const target = { scope: 's', loginEndpoint: 'https://login.example', fresh: false };

function failure(message: string, more: object = {}): Error {
  return Object.assign(new Error(message), more);
}

describe('a token that does not come', () => {
  test('is asked for again where nobody answered, or the identity service fails inside', () => {
    for (const error of [
      failure('endpoints_resolution_error: See https://aka.ms/msal.js.errors'),
      failure('network_error: Network request failed'),
      failure('ManagedIdentityCredential failed', { cause: failure('connect', { code: 'ECONNREFUSED' }) }),
      failure('getaddrinfo ENOTFOUND login.example'),
    ])
      assert.equal(classOfTokenFailure(error, false), 'unreachable', error.message);
    for (const statusCode of [408, 429, 500, 503])
      assert.equal(classOfTokenFailure(failure('x', { statusCode }), false), 'transient');
  });

  test('is not where the identity service said no, whatever came before', () => {
    for (const error of [
      failure('invalid_client: AADSTS7000215: Invalid client secret provided'),
      failure('x', { statusCode: 401 }),
      failure('x', { name: 'AuthenticationRequiredError' }),
    ])
      assert.equal(classOfTokenFailure(error, true), 'denied', error.message);
  });

  test('without a reason is asked for again only where tokens came before', () => {
    assert.equal(classOfTokenFailure(failure('out of order'), true), 'transient');
    assert.equal(classOfTokenFailure(failure('out of order'), false), 'denied');
    assert.equal(classOfTokenFailure('no error at all', false), 'denied');
  });

  test('while the one in hand holds is no failure', async () => {
    const clock = new FakeClock();
    let fails = false;
    const expiresOnTimestamp = clock.time + 3_600_000;
    const getToken = async (): Promise<{ token: string; expiresOnTimestamp: number }> => {
      if (fails) throw failure('network_error: Network request failed');
      return { token: 'first', expiresOnTimestamp };
    };
    const provider = cached(async () => ({ getToken }), clock);
    assert.equal(await provider(target), 'first');
    fails = true;
    clock.time = expiresOnTimestamp - 60_000;
    assert.equal(await provider(target), 'first');
    clock.time = expiresOnTimestamp - 10_000;
    await assert.rejects(provider(target), { code: 'KUSTO_CREDENTIAL', retryClass: 'unreachable' });
    // Nor one that the service has refused.
    clock.time = expiresOnTimestamp - 60_000;
    await assert.rejects(provider({ ...target, fresh: true }), { code: 'KUSTO_CREDENTIAL' });
  });

  test('of a provider of your own: repeated when it worked before, ended at once when it never did', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ body: BODY }, { body: BODY });
    const clock = new FakeClock();
    let failures = 1;
    const tokenProvider = async (): Promise<string> => {
      failures -= 1;
      if (failures >= 0) throw new Error('out of order');
      return 'token';
    };
    await using client = new KustoClient({ connection: kusto.uri, tokenProvider, clock });
    await assert.rejects(
      client.rows('db', 'T'),
      (error) => error instanceof KustoError && error.code === 'KUSTO_CREDENTIAL' && error.permanent,
    );
    assert.equal((await client.rows('db', 'T')).rows.length, 1);
    failures = 3;
    assert.equal((await client.rows('db', 'T')).rows.length, 1);
    assert.equal(clock.sleeps.length, 3);
  });
});
