// What the environment and the state store bring to the SDK: refused with its own errors, or understood.
import { readEnvironment } from '../../../packages/source-sdk/src/environment.ts';
import { SourceError } from '../../../packages/source-sdk/src/errors.ts';
import type { JsonValue } from '../../../packages/source-sdk/src/elements.ts';
import { parsePublishTarget } from '../../../packages/source-sdk/src/publishers/publish-target.ts';
import { parseRecord } from '../../../packages/source-sdk/src/reactivator/state-record.ts';
import { readIdentity } from '../../../packages/source-sdk/src/settings/identity.ts';
import { readSettings, setting } from '../../../packages/source-sdk/src/settings/settings.ts';
import { otlpSettings } from '../../../packages/source-sdk/src/telemetry/otlp-settings.ts';
import { bytes, documented, type Target } from '../target.ts';

const environment = [
  'SOURCE_ID=storms\nPUBSUB=drasi-pubsub\nAPP_PORT=80\nDAPR_HTTP_PORT=3500\nADMIN_PORT=9090\nLISTEN_HOST=0.0.0.0',
  'SOURCE_ID=s\nIDENTITY_TYPE=MicrosoftEntraApplication\nAZURE_TENANT_ID=t\nAZURE_CLIENT_ID=c\nAZURE_CLIENT_SECRET=s',
  'SOURCE_ID=s\nIDENTITY_TYPE=ConnectionString\nCONNECTION_STRING=Server=tcp:a;Password=b\nPUBLISH_TO=redis://:p@r:6379/1',
  'SOURCE_ID=s\nPUBLISH_TO=http://drasi-server:9000/sources/a%20b\nTEXT=x\nNUMBER=1.5\nCOUNT=7\nFLAG=true\nLIST=a,b,,c\nJSON={"a":[1]}\nKEY=k',
  'SOURCE_ID=s\nOTEL_ENDPOINT=http://otel-collector:4317\nOTEL_EXPORTER_OTLP_HEADERS=a=b,c=d\nOTEL_TRACES_SAMPLER=traceidratio\nOTEL_TRACES_SAMPLER_ARG=0.5\nOTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc',
];
const names = [...new Set(environment.join('\n').match(/^\w+(?==)/gm))];

function readAll(text: string): void {
  const env = Object.fromEntries(
    text
      .split('\n')
      .map((line) => [line.slice(0, Math.max(0, line.indexOf('='))), line.slice(line.indexOf('=') + 1)]),
  );
  const reads = [
    () => readEnvironment(env),
    () => readIdentity(env),
    () => parsePublishTarget(env['PUBLISH_TO'] ?? ''),
    () => otlpSettings(env),
    () =>
      readSettings(env, {
        TEXT: setting.text({ pattern: /^(?:a+|x)$/ }),
        COUNT: setting.integer({ min: 0, max: 10 }),
        LIST: setting.list({ default: [] }),
        KEY: setting.optional(setting.secret()),
      }),
  ];
  for (const read of reads)
    try {
      read();
    } catch (error) {
      documented(error, [SourceError]);
    }
}

const record = (more: object): string =>
  JSON.stringify({
    format: 1,
    fingerprint: 'f',
    owner: 'o',
    revision: 3,
    lsn: '1000000',
    sessions: [],
    ...more,
  });

function readRecord(text: string): void {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return;
  }
  try {
    parseRecord(value);
  } catch (error) {
    documented(error, [SourceError]);
  }
}

const synchronous = (
  name: string,
  corpus: readonly string[],
  tokens: readonly string[],
  read: (text: string) => void,
): Target => ({
  name,
  corpus: corpus.map(bytes),
  tokens,
  files:
    /\/source-sdk\/src\/(?:settings|environment|publishers\/publish-target|telemetry\/otlp-settings|reactivator\/state-record)/,
  limitMs: 3_000,
  open: async () => ({
    run: async (input) => read(new TextDecoder().decode(input)),
    close: async () => undefined,
  }),
});

export const settingsTarget = (): Target =>
  synchronous(
    'settings',
    environment,
    [...names, '=', '\n', 'drasi', '%ff', '%', '://', 'redis://', '65536', '-1', '\u0000'],
    readAll,
  );

export const stateTarget = (): Target =>
  synchronous(
    'state',
    [
      record({}),
      record({ checkpoint: { a: [1, null, 'x'] }, sessions: [{ id: 'i', labels: ['N'], abandoned: true }] }),
      record({
        lease: {
          term: 1,
          durationMs: 15000,
          publishTimeoutMs: 10000,
          process: { space: 's', pid: 1, start: '9' },
          released: true,
        },
        ending: true,
      }),
    ],
    [
      '"format"',
      '"lease"',
      '"sessions"',
      '"checkpoint"',
      '"lsn"',
      '"__proto__"',
      'null',
      '{}',
      '[]',
      '""',
      '1e999',
    ],
    readRecord,
  );
