import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { KustoError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { parseConnectionString } from './connection-string.ts';
import type { ConnectionString } from './connection-string.ts';

const PLAIN = {
  database: undefined,
  auth: { kind: 'default' },
  applicationName: undefined,
  userName: undefined,
};

function refused(text: string, words: RegExp): void {
  assert.throws(
    () => parseConnectionString(text),
    (error: unknown) => {
      assert.ok(error instanceof KustoError, String(error));
      assert.equal(error.code, 'KUSTO_BAD_CONNECTION_STRING');
      assert.match(error.message, words);
      return true;
    },
  );
}

/** With secrets shown. */
function shown({ auth }: ConnectionString): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(auth).map(([key, value]) => [
      key,
      value instanceof Secret ? value.reveal() : (value as unknown),
    ]),
  );
}

describe('addresses', () => {
  const uri = 'https://help.kusto.windows.net';
  for (const [text, expected] of [
    [uri, { ...PLAIN, uri }],
    [`${uri}/`, { ...PLAIN, uri }],
    [`${uri}/Samples`, { ...PLAIN, uri, database: 'Samples' }],
    [`${uri}/My%20Db;Fed=True`, { ...PLAIN, uri, database: 'My Db' }],
    [`Data Source=${uri};Initial Catalog=Samples;`, { ...PLAIN, uri, database: 'Samples' }],
    [
      ` SERVER = ${uri} ; DATABASE = Samples ; AAD Federated Security = true `,
      { ...PLAIN, uri, database: 'Samples' },
    ],
    ['addr=help.kusto.windows.net', { ...PLAIN, uri }],
    ['Data Source=http://127.0.0.1:8080/Db', { ...PLAIN, uri: 'http://127.0.0.1:8080', database: 'Db' }],
    [
      'https://trd-abc.z1.kusto.fabric.microsoft.com',
      { ...PLAIN, uri: 'https://trd-abc.z1.kusto.fabric.microsoft.com' },
    ],
    [
      'https://adx.monitor.azure.com/subscriptions/s/resourcegroups/g;Database=d',
      { ...PLAIN, uri: 'https://adx.monitor.azure.com/subscriptions/s/resourcegroups/g', database: 'd' },
    ],
    [
      `${uri};TraceAppName=a;User Name for Tracing="b;c"`,
      { ...PLAIN, uri, applicationName: 'a', userName: 'b;c' },
    ],
    [`${uri};Streaming=true;Accept=true;Query Consistency=StrongConsistency`, { ...PLAIN, uri }],
  ] as const) {
    test(text, () => assert.deepEqual(parseConnectionString(text), expected));
  }

  test('mistakes', () => {
    refused('', /"Data Source" is missing/);
    refused('help.kusto.windows.net', /begins with https:/);
    refused('https://host;AppKey=a;b', /put a value that contains ; in quotes/);
    refused('Database=x', /"Data Source" is missing/);
    refused('Data Source=https://', /is not an address/);
    refused('Data Source=net.tcp://host', /net\.tcp/);
    refused('https://u:p@host', /user or password/);
    refused('https://host?x=1', /\? or #/);
    refused('https://ingest-help.kusto.windows.net', /use help\.kusto\.windows\.net/);
    refused('https://host/A;Database=B', /"A".*another one/);
    refused('https://host;Databse=x', /"Databse"; did you mean "Database"/);
    refused('https://host;Application Clinet Id=x', /did you mean "Application Client Id"/);
    refused('https://host;zzzzqqqq=x', /unknown keyword "zzzzqqqq"$/);
    refused('https://host;Database=a;Initial Catalog=b', /"Initial Catalog" is given twice/);
    refused('https://host;Query Consistency=weakconsistency', /strongconsistency/);
    refused('https://host;Fed=maybe', /"AAD Federated Security" must be true or false/);
    refused('https://host;AppKey="abc', /closing quote/);
    refused('https://host;AppKey="abc"d', /follows the closing quote/);
    refused('https://host;dSTS Federated Security=true', /not supported/);
  });
});

describe('identities', () => {
  const base = 'https://h.kusto.windows.net';
  for (const [text, expected] of [
    ['AppClientId=c;AppKey=k;Authority Id=t', { kind: 'app-key', clientId: 'c', tenantId: 't', key: 'k' }],
    [
      'Application Client Id=c;Application Key=a=b==;TenantId=t',
      { kind: 'app-key', clientId: 'c', tenantId: 't', key: 'a=b==' },
    ],
    [
      'AppClientId=c;AppKey="a;b=""c""";tid=t',
      { kind: 'app-key', clientId: 'c', tenantId: 't', key: 'a;b="c"' },
    ],
    [
      "AppClientId=c;AppKey='a;''b\"';tid=t",
      { kind: 'app-key', clientId: 'c', tenantId: 't', key: 'a;\'b"' },
    ],
    [
      'AppClientId=c;Application Certificate PrivateKey="-----BEGIN\nx=\n";tid=t;SendX5c=true',
      {
        kind: 'app-certificate',
        clientId: 'c',
        tenantId: 't',
        certificate: '-----BEGIN\nx=\n',
        sendChain: true,
      },
    ],
    ['Application Token=tok', { kind: 'token', token: 'tok' }],
    ['UsrToken=tok', { kind: 'token', token: 'tok' }],
    ['Managed Service Identity=system', { kind: 'managed-identity', clientId: undefined }],
    ['EmbeddedManagedIdentity=11-22', { kind: 'managed-identity', clientId: '11-22' }],
    ['MSI Authentication=true;MSI Params=client_id=11-22', { kind: 'managed-identity', clientId: '11-22' }],
    ['Az CLI=true', { kind: 'azure-cli', tenantId: undefined }],
    ['Fed=true;User ID=someone', { kind: 'default' }],
  ] as const) {
    test(text, () => assert.deepEqual(shown(parseConnectionString(`${base};${text}`)), expected));
  }

  test('incomplete, contradicting or unsupported', () => {
    refused(`${base};AppClientId=c`, /needs "Application Key"/);
    refused(`${base};AppKey=k;tid=t`, /"Application Client Id" is missing/);
    refused(`${base};AppKey=k;AppClientId=c`, /"Authority Id"/);
    refused(`${base};AppToken=x;Az CLI=true`, /more than one identity/);
    refused(`${base};User ID=u;Password=p`, /not supported/);
    refused(`${base};AppClientId=c;AppCert=12AB;tid=t`, /PEM text/);
  });

  test('any secret survives quoting, and shows nowhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.constantFrom('"', "'"), (secret, quote) => {
        const quoted = `${quote}${secret.replaceAll(quote, quote + quote)}${quote}`;
        const connection = parseConnectionString(`${base};AppClientId=c;AppKey=${quoted};tid=t;Database=d`);
        assert.equal(shown(connection)['key'], secret);
        assert.equal(connection.database, 'd');
      }),
    );
    const connection = parseConnectionString(`${base};AppClientId=c;AppKey=hush-hush;tid=t`);
    const { auth } = connection;
    assert.ok(auth.kind === 'app-key');
    for (const text of [
      JSON.stringify(connection),
      inspect(connection, { depth: 9, showHidden: true }),
      String(auth.key),
      auth.key.toString(),
    ]) {
      assert.doesNotMatch(text, /hush/);
    }
  });

  test('a secret that breaks the string is not repeated in the message', () => {
    for (const text of [
      `${base};AppKey=abc;hush-hush`,
      `${base};AppKey="hush-hush`,
      `${base};AppKey=hush-hush;Nonsense=hush-hush`,
      `${base};AppKey=abc;hush-hush==`,
    ]) {
      assert.throws(
        () => parseConnectionString(text),
        (error: unknown) => error instanceof KustoError && !error.message.includes('hush'),
      );
    }
  });
});
