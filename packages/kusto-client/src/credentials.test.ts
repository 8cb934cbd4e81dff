import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { KustoClient } from './client.ts';
import type { KustoClientOptions } from './client.ts';
import { readCloudInfo } from './cloud.ts';
import { parseConnectionString } from './connection/connection-string.ts';
import { createTokenProvider } from './credentials.ts';
import type { TokenTarget } from './credentials.ts';
import { KustoError } from './errors.ts';
import { v2Body } from './testing/bodies.ts';
import { FakeKusto } from './testing/fake-kusto.ts';
import { requireTrustedHost } from './trusted-hosts.ts';

const BODY = v2Body({ columns: [['k', 'long']], rows: [['1']] });

function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof KustoError, String(error));
    assert.equal(error.code, expected, error.message);
    return true;
  };
}

function connect(kusto: FakeKusto, options: Partial<KustoClientOptions> = {}): KustoClient {
  return new KustoClient({ connection: kusto.uri, retry: { maxAttempts: 1 }, ...options });
}

describe('where a token goes', () => {
  test('well-known hosts, this machine and hosts that were named', () => {
    for (const uri of [
      'https://c.westeurope.kusto.windows.net',
      'https://C.KUSTO.WINDOWS.NET',
      'https://trd-x.z1.kusto.fabric.microsoft.com',
      'https://p.w.kusto.azuresynapse.net',
      'https://adx.monitor.azure.com/subscriptions/x',
      'https://c.kusto.usgovcloudapi.net',
      'https://c.kusto.chinacloudapi.cn',
      'http://127.0.0.1:8080',
      'http://localhost',
      'http://[::1]:80',
      'https://proxy.example',
      'https://a.trusted.example',
    ]) {
      requireTrustedHost(uri, ['proxy.example', '.trusted.example']);
    }
  });

  test('nobody else', () => {
    for (const uri of [
      'https://kusto.windows.net.evil.example',
      'https://evilkusto.windows.net',
      'https://kusto.windows.net',
      'https://evil.example/.kusto.windows.net',
      'https://x.proxy.example',
      'https://atrusted.example',
    ]) {
      assert.throws(
        () => requireTrustedHost(uri, ['proxy.example', '.trusted.example']),
        code('KUSTO_UNTRUSTED_HOST'),
        uri,
      );
    }
    for (const uri of [
      'http://c.kusto.windows.net',
      'http://proxy.example',
      'http://127.0.0.1.evil.example',
      'http://128.0.0.1',
    ]) {
      assert.throws(() => requireTrustedHost(uri, ['proxy.example']), code('KUSTO_PLAIN_HTTP'), uri);
    }
  });

  test('a client for such a host is not even built', () => {
    const tokenProvider = (): Promise<string> => Promise.resolve('t');
    assert.throws(
      () => new KustoClient({ connection: 'http://c.kusto.windows.net' }),
      code('KUSTO_PLAIN_HTTP'),
    );
    assert.throws(
      () => new KustoClient({ connection: 'https://c.example', tokenProvider }),
      code('KUSTO_UNTRUSTED_HOST'),
    );
  });

  test('it is sent with the scope of the cluster, asked once', async () => {
    await using kusto = await FakeKusto.start();
    kusto.metadata = {
      body: JSON.stringify({
        AzureAD: {
          LoginEndpoint: 'https://login.microsoftonline.us',
          LoginMfaRequired: false,
          KustoServiceResourceId: 'https://kusto.kusto.usgovcloudapi.net',
        },
      }),
    };
    kusto.answer({ body: BODY }, { body: BODY });
    const targets: TokenTarget[] = [];
    await using client = connect(kusto, {
      tokenProvider: (target) => {
        targets.push(target);
        return Promise.resolve('tok-1');
      },
    });
    await client.rows('db', 'T');
    await client.rows('db', 'T');
    assert.deepEqual(
      kusto.requests.map((request) => [request.path, request.headers.authorization]),
      [
        ['/v1/rest/auth/metadata', undefined],
        ['/v2/rest/query', 'Bearer tok-1'],
        ['/v2/rest/query', 'Bearer tok-1'],
      ],
    );
    assert.equal(targets[0]?.scope, 'https://kusto.kusto.usgovcloudapi.net/.default');
    assert.equal(targets[0]?.loginEndpoint, 'https://login.microsoftonline.us');
  });

  test('without metadata the public cloud holds; a failing one is asked again', async () => {
    await using kusto = await FakeKusto.start();
    const scopes: string[] = [];
    await using client = connect(kusto, {
      tokenProvider: ({ scope }) => {
        scopes.push(scope);
        return Promise.resolve('t');
      },
    });
    kusto.metadata = { status: 503 };
    await assert.rejects(client.rows('db', 'T'), code('KUSTO_SERVICE'));
    kusto.metadata = { status: 301, headers: { location: 'https://evil.example' } };
    await assert.rejects(client.rows('db', 'T'), code('KUSTO_REDIRECT'));
    kusto.metadata = { status: 404 };
    kusto.answer({ body: BODY });
    await client.rows('db', 'T');
    assert.deepEqual(scopes, ['https://kusto.kusto.windows.net/.default']);
  });

  test('after a 401 a fresh token is asked for', async () => {
    await using kusto = await FakeKusto.start();
    const fresh: boolean[] = [];
    await using client = connect(kusto, {
      tokenProvider: (target) => {
        fresh.push(target.fresh);
        return Promise.resolve('t');
      },
    });
    kusto.answer({ status: 401 }, { body: BODY }, { body: BODY });
    await assert.rejects(client.rows('db', 'T'), code('KUSTO_DENIED'));
    await client.rows('db', 'T');
    await client.rows('db', 'T');
    assert.deepEqual(fresh, [false, true, false]);
  });

  test('no token shows in an error', async () => {
    await using kusto = await FakeKusto.start();
    for (const token of ['hush\r\nx-evil: 1', 'hush\u0000', 'hüsh-hush', '']) {
      await using client = connect(kusto, { tokenProvider: () => Promise.resolve(token) });
      await assert.rejects(
        client.rows('db', 'T'),
        (error: unknown) => code('KUSTO_CREDENTIAL')(error) && !/h.sh/.test(String(error)),
      );
    }
    await using client = connect(kusto, {
      tokenProvider: () => Promise.reject(new Error('no identity here')),
    });
    await assert.rejects(
      client.rows('db', 'T'),
      (error: unknown) => code('KUSTO_CREDENTIAL')(error) && /no identity here/.test(String(error)),
    );
    assert.equal(kusto.queries.length, 0);
  });
});

describe('createTokenProvider', () => {
  const env = {};
  const make = (text: string): ReturnType<typeof createTokenProvider> =>
    createTokenProvider({ connection: parseConnectionString(text), env });

  test('none for plain http to this machine, unless an identity is named', () => {
    assert.equal(make('http://127.0.0.1:8080'), undefined);
    assert.equal(make('http://localhost/Db;Fed=true'), undefined);
    assert.equal(
      createTokenProvider({
        connection: parseConnectionString('http://localhost'),
        managedIdentityClientId: 'x',
        env,
      }),
      undefined,
    );
    assert.notEqual(make('http://127.0.0.1:8080;Fed=true;AppToken=t'), undefined);
    assert.notEqual(make('https://c.kusto.windows.net'), undefined);
  });

  test('a token that is given', async () => {
    const provider = make('http://127.0.0.1:8080;AppToken=given');
    assert.equal(await provider?.({ scope: 's', loginEndpoint: 'l', fresh: true }), 'given');
  });

  test('a credential that fails says so without its secret', { timeout: 20_000 }, async () => {
    const text = 'https://c.kusto.windows.net;AppClientId=c;AppKey=hush-hush;Authority Id=not a tenant!';
    const failing = make(text)?.({
      scope: 's/.default',
      loginEndpoint: 'https://login.microsoftonline.com',
      fresh: false,
    });
    assert.ok(failing);
    await assert.rejects(
      failing,
      (error: unknown) => code('KUSTO_CREDENTIAL')(error) && !String(error).includes('hush'),
    );
  });

  test('a certificate that comes as text by the environment is used', { timeout: 20_000 }, async () => {
    const provider = createTokenProvider({
      connection: parseConnectionString('https://c.kusto.windows.net'),
      env: {
        AZURE_TENANT_ID: 'tenant',
        AZURE_CLIENT_ID: 'client',
        AZURE_CLIENT_CERTIFICATE: 'no certificate at all',
      },
    });
    const failing = provider?.({
      scope: 's/.default',
      loginEndpoint: 'https://login.microsoftonline.com',
      fresh: false,
    });
    assert.ok(failing);
    await assert.rejects(
      failing,
      (error: unknown) => code('KUSTO_CREDENTIAL')(error) && /certificate/i.test(String(error)),
    );
  });

  test('a cluster on this machine never loads the identity library, another one only when a token is needed', () => {
    const index = JSON.stringify(new URL('index.ts', import.meta.url).href);
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
      const { KustoClient, createTokenProvider, parseConnectionString } = await import(${index});
      const told = [];
      for (const uri of ['http://127.0.0.1:9', 'https://c.kusto.windows.net;AppClientId=c;AppKey=k;tid=!']) {
        const connection = parseConnectionString(uri);
        const tokenProvider = createTokenProvider({ connection, env: {} });
        new KustoClient({ connection, tokenProvider });
        told.push(loaded.includes('@azure/identity'));
        await tokenProvider?.({ scope: 's', loginEndpoint: 'https://login.microsoftonline.com', fresh: false }).catch(() => {});
        told.push(loaded.includes('@azure/identity'));
      }
      process.stdout.write(told.join());
    `;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.equal(run.stdout, 'false,false,false,true', run.stderr);
  });
});

describe('readCloudInfo', () => {
  const entra = {
    LoginEndpoint: 'https://login.microsoftonline.com',
    LoginMfaRequired: false,
    KustoServiceResourceId: 'https://kusto.kusto.windows.net',
  };
  test('scope, and the scope for multi-factor sign-in', () => {
    assert.equal(
      readCloudInfo(JSON.stringify({ AzureAD: entra })).scope,
      'https://kusto.kusto.windows.net/.default',
    );
    assert.equal(
      readCloudInfo(JSON.stringify({ AzureAD: { ...entra, LoginMfaRequired: true } })).scope,
      'https://kusto.kustomfa.windows.net/.default',
    );
  });
  test('a login service that is none of Microsoft, or no answer at all', () => {
    for (const LoginEndpoint of [
      'https://login.evil.example',
      'http://login.microsoftonline.com',
      'nonsense',
    ]) {
      assert.throws(
        () => readCloudInfo(JSON.stringify({ AzureAD: { ...entra, LoginEndpoint } })),
        code('KUSTO_UNTRUSTED_HOST'),
      );
    }
    for (const body of ['', '{}', '[]', '<html>', '{"AzureAD":{}}'])
      assert.throws(() => readCloudInfo(body), code('KUSTO_PROTOCOL'));
  });
});
