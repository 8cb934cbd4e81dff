import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readEnvironment } from './environment.ts';

describe('readEnvironment', () => {
  it('has the defaults of the platform', () => {
    assert.deepEqual(readEnvironment({ SOURCE_ID: 'metrics', PUBSUB: ' ', APP_PORT: '' }), {
      sourceId: 'metrics',
      pubsub: 'drasi-pubsub',
      stateStoreName: 'drasi-state',
      daprHttpPort: 3500,
      appPort: 80,
      listenHost: '127.0.0.1',
      adminPort: undefined,
    });
  });

  it('takes what is set', () => {
    const env = {
      SOURCE_ID: 's',
      PUBSUB: 'p',
      STATE_STORE_NAME: 'st',
      DAPR_HTTP_PORT: '3600',
      APP_PORT: '0',
      LISTEN_HOST: '0.0.0.0',
      ADMIN_PORT: '9464',
    };
    assert.deepEqual(Object.values(readEnvironment(env)), ['s', 'p', 'st', 3600, 0, '0.0.0.0', 9464]);
  });

  it('names the variable that is wrong', () => {
    for (const [env, message] of [
      [{}, /SOURCE_ID is missing/],
      [{ SOURCE_ID: 'Drasi' }, /SOURCE_ID is "Drasi".*rename/],
      [{ SOURCE_ID: 's', APP_PORT: '80a' }, /APP_PORT is "80a"/],
      [{ SOURCE_ID: 's', DAPR_HTTP_PORT: '65536' }, /DAPR_HTTP_PORT is "65536"/],
      [{ SOURCE_ID: 's', APP_PORT: '-1' }, /APP_PORT is "-1"/],
      [{ SOURCE_ID: 's', ADMIN_PORT: '0' }, /ADMIN_PORT is "0": it must be a port, 1 to/],
    ] as const)
      assert.throws(() => readEnvironment(env), { code: 'BAD_CONFIGURATION', fatal: true, message });
  });
});
