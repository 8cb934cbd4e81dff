import { ErrorCode, FatalSourceError } from '../errors.ts';
import { Secret } from './secret.ts';

/**
 * As whom a source reads, from `spec.identity` of its Source: the platform sets IDENTITY_TYPE, and for each kind the variables that
 * belong to it. Clients of a cloud read most of them themselves; what they do not know is here.
 */
export type Identity =
  /** There is no `spec.identity`. */
  | { readonly kind: 'None' }
  /** The pod's service account stands for `clientId`. The token is in a file that Kubernetes renews: read it every time. */
  | {
      readonly kind: 'MicrosoftEntraWorkloadID';
      readonly clientId: string | undefined;
      readonly tenantId: string | undefined;
      readonly tokenFile: string | undefined;
    }
  /** One of `secret` and `certificate` is there. The certificate is its content (PEM), not a path as in Azure's own variables. */
  | {
      readonly kind: 'MicrosoftEntraApplication';
      readonly tenantId: string;
      readonly clientId: string;
      readonly secret: Secret | undefined;
      readonly certificate: Secret | undefined;
    }
  | { readonly kind: 'ConnectionString'; readonly connectionString: Secret }
  | { readonly kind: 'AccessKey'; readonly accessKey: Secret }
  | { readonly kind: 'AwsIamRole'; readonly roleArn: string | undefined; readonly region: string | undefined }
  | {
      readonly kind: 'AwsIamAccessKey';
      readonly accessKeyId: string;
      readonly secretAccessKey: Secret;
      readonly region: string | undefined;
    };

const kinds = [
  'None',
  'MicrosoftEntraWorkloadID',
  'MicrosoftEntraApplication',
  'ConnectionString',
  'AccessKey',
  'AwsIamRole',
  'AwsIamAccessKey',
] as const satisfies readonly Identity['kind'][];

/**
 * Reads the identity of a source. Secrets in it are not shown when it is logged.
 * @throws FatalSourceError BAD_CONFIGURATION for a kind that is not known, and naming the variable that is missing
 */
export function readIdentity(env: Readonly<Record<string, string | undefined>>): Identity {
  const optional = (name: string): string | undefined => {
    const text = env[name]?.trim();
    return text === '' ? undefined : text;
  };
  const type = optional('IDENTITY_TYPE') ?? 'None';
  const kind = kinds.find((known) => known.toLowerCase() === type.toLowerCase());
  const required = (name: string): string => {
    const text = optional(name);
    if (text === undefined)
      throw new FatalSourceError(
        ErrorCode.BadConfiguration,
        `IDENTITY_TYPE is ${type}, but ${name} is missing: see spec.identity`,
      );
    return text;
  };
  const secret = (name: string): Secret | undefined => {
    const text = optional(name);
    return text === undefined ? undefined : new Secret(text);
  };
  switch (kind) {
    case 'None':
      return { kind };
    case 'MicrosoftEntraWorkloadID':
      return {
        kind,
        clientId: optional('AZURE_CLIENT_ID'),
        tenantId: optional('AZURE_TENANT_ID'),
        tokenFile: optional('AZURE_FEDERATED_TOKEN_FILE'),
      };
    case 'MicrosoftEntraApplication': {
      const [ofSecret, certificate] = [secret('AZURE_CLIENT_SECRET'), secret('AZURE_CLIENT_CERTIFICATE')];
      if (ofSecret === undefined && certificate === undefined)
        required('AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE');
      return {
        kind,
        tenantId: required('AZURE_TENANT_ID'),
        clientId: required('AZURE_CLIENT_ID'),
        secret: ofSecret,
        certificate,
      };
    }
    case 'ConnectionString':
      return { kind, connectionString: new Secret(required('CONNECTION_STRING')) };
    case 'AccessKey':
      return { kind, accessKey: new Secret(required('ACCESS_KEY')) };
    case 'AwsIamRole':
      return { kind, roleArn: optional('AWS_ROLE_ARN'), region: optional('AWS_REGION') };
    case 'AwsIamAccessKey':
      return {
        kind,
        accessKeyId: required('AWS_ACCESS_KEY_ID'),
        secretAccessKey: new Secret(required('AWS_SECRET_ACCESS_KEY')),
        region: optional('AWS_REGION'),
      };
    default:
      throw new FatalSourceError(
        ErrorCode.BadConfiguration,
        `IDENTITY_TYPE is "${type}": it must be one of ${kinds.join(', ')}`,
      );
  }
}
