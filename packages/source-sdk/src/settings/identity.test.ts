import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { readIdentity } from './identity.ts';

const azure = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' };

describe('readIdentity', () => {
  it('reads every kind', () => {
    assert.deepEqual(readIdentity({}), { kind: 'None' });
    assert.deepEqual(
      readIdentity({
        IDENTITY_TYPE: 'MicrosoftEntraWorkloadID',
        ...azure,
        AZURE_FEDERATED_TOKEN_FILE: '/token',
      }),
      { kind: 'MicrosoftEntraWorkloadID', clientId: 'c', tenantId: 't', tokenFile: '/token' },
    );
    const application = readIdentity({
      IDENTITY_TYPE: 'MicrosoftEntraApplication',
      ...azure,
      AZURE_CLIENT_CERTIFICATE: 'PEM',
    });
    assert.ok(application.kind === 'MicrosoftEntraApplication');
    assert.equal(application.certificate?.reveal(), 'PEM');
    assert.equal(application.secret, undefined);
    const connection = readIdentity({
      IDENTITY_TYPE: 'connectionstring',
      CONNECTION_STRING: 'Data Source=x',
    });
    assert.equal(
      connection.kind === 'ConnectionString' && connection.connectionString.reveal(),
      'Data Source=x',
    );
    const key = readIdentity({ IDENTITY_TYPE: 'AccessKey', ACCESS_KEY: 'k' });
    assert.equal(key.kind === 'AccessKey' && key.accessKey.reveal(), 'k');
    assert.deepEqual(readIdentity({ IDENTITY_TYPE: 'AwsIamRole', AWS_ROLE_ARN: 'arn' }), {
      kind: 'AwsIamRole',
      roleArn: 'arn',
      region: undefined,
    });
    const aws = readIdentity({
      IDENTITY_TYPE: 'AwsIamAccessKey',
      AWS_ACCESS_KEY_ID: 'i',
      AWS_SECRET_ACCESS_KEY: 's',
    });
    assert.equal(aws.kind === 'AwsIamAccessKey' && aws.secretAccessKey.reveal(), 's');
  });

  it('shows no secret, in no form', () => {
    for (const env of [
      { IDENTITY_TYPE: 'MicrosoftEntraApplication', ...azure, AZURE_CLIENT_SECRET: 'hush' },
      { IDENTITY_TYPE: 'MicrosoftEntraApplication', ...azure, AZURE_CLIENT_CERTIFICATE: 'hush' },
      { IDENTITY_TYPE: 'ConnectionString', CONNECTION_STRING: 'hush' },
      { IDENTITY_TYPE: 'AccessKey', ACCESS_KEY: 'hush' },
      { IDENTITY_TYPE: 'AwsIamAccessKey', AWS_ACCESS_KEY_ID: 'i', AWS_SECRET_ACCESS_KEY: 'hush' },
    ]) {
      const identity = readIdentity(env);
      assert.doesNotMatch(
        inspect(identity, { depth: 9, showHidden: true }) + JSON.stringify(identity),
        /hush/,
      );
    }
  });

  it('says what is missing, and what a kind may be', () => {
    for (const [env, message] of [
      [{ IDENTITY_TYPE: 'AccessKey' }, /AccessKey, but ACCESS_KEY is missing/],
      [{ IDENTITY_TYPE: 'ConnectionString', CONNECTION_STRING: ' ' }, /CONNECTION_STRING is missing/],
      [
        { IDENTITY_TYPE: 'MicrosoftEntraApplication', ...azure },
        /AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE is missing/,
      ],
      [
        { IDENTITY_TYPE: 'MicrosoftEntraApplication', AZURE_CLIENT_SECRET: 'hush' },
        /AZURE_TENANT_ID is missing/,
      ],
      [{ IDENTITY_TYPE: 'Password' }, /"Password": it must be one of None, MicrosoftEntraWorkloadID/],
    ] as const)
      assert.throws(() => readIdentity(env), { code: 'BAD_CONFIGURATION', message });
  });
});
