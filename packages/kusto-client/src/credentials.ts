import type * as AzureIdentity from '@azure/identity';
import type { TokenCredential } from '@azure/identity';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { ConnectionAuth, ConnectionString } from './connection/connection-string.ts';
import { KustoError } from './errors.ts';
import { classOfTokenFailure } from './token-failure.ts';
import { isLoopback } from './trusted-hosts.ts';

export interface TokenTarget {
  /** For example `https://kusto.kusto.windows.net/.default`. */
  readonly scope: string;
  /** The cloud's login service, for example `https://login.microsoftonline.com`. */
  readonly loginEndpoint: string;
  /** The service refused the last token: do not give it again from a cache. */
  readonly fresh: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Gives a bearer token. Called for every request, so it should cache. */
export type TokenProvider = (target: TokenTarget) => Promise<string>;

export interface TokenProviderOptions {
  readonly connection: ConnectionString;
  /** A user-assigned managed identity; `system` for the system-assigned one. Used where the connection string names no identity. */
  readonly managedIdentityClientId?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

/** Tokens are renewed this long before they expire. */
const EARLY_MS = 5 * 60_000;
/** One that cannot be renewed is used until so long before it expires: the service's clock is another one. */
const LATEST_MS = 30_000;

/**
 * The credential of a connection string, or else of the environment: managed identity by option, workload identity
 * (AZURE_FEDERATED_TOKEN_FILE), application with certificate (AZURE_CLIENT_CERTIFICATE holds the PEM text itself) or secret, and
 * finally DefaultAzureCredential. Undefined, so that no token is sent, for plain http to this machine without a named identity.
 */
export function createTokenProvider(options: TokenProviderOptions): TokenProvider | undefined {
  const { connection } = options;
  const { auth } = connection;
  if (auth.kind === 'token') return () => Promise.resolve(auth.token.reveal());
  const local = connection.uri.startsWith('http:') && isLoopback(connection.uri);
  if (auth.kind === 'default' && local) return undefined;
  return cached((login) => createCredential(auth, login, options), options.clock ?? systemClock);
}

type CredentialFactory = (loginEndpoint: string) => Promise<TokenCredential>;

/** Tokens of a credential, each used for as long as it holds. */
export function cached(create: CredentialFactory, clock: Clock): TokenProvider {
  const credentials = new Map<string, Promise<TokenCredential>>();
  const tokens = new Map<string, { readonly token: string; readonly expires: number }>();
  return async ({ scope, loginEndpoint, fresh, signal }) => {
    const key = `${loginEndpoint} ${scope}`;
    const known = fresh ? undefined : tokens.get(key);
    if (known !== undefined && known.expires - EARLY_MS > clock.now()) return known.token;
    let credential = credentials.get(loginEndpoint);
    if (credential === undefined) {
      credential = create(loginEndpoint);
      credentials.set(loginEndpoint, credential);
    }
    try {
      const answer = await (
        await credential
      ).getToken(scope, signal === undefined ? {} : { abortSignal: signal });
      if (answer === null) throw new Error('the credential gave no token');
      tokens.set(key, { token: answer.token, expires: answer.expiresOnTimestamp });
      return answer.token;
    } catch (error) {
      credentials.delete(loginEndpoint);
      // It is early: while the identity service is away, the token in hand does.
      if (known !== undefined && known.expires - LATEST_MS > clock.now()) return known.token;
      throw new KustoError('KUSTO_CREDENTIAL', `no token for ${scope}: ${firstLine(error)}`, {
        cause: error,
        retryClass: classOfTokenFailure(error, tokens.has(key)),
      });
    }
  };
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/[\r\n]/, 1)[0] ?? '';
}

async function createCredential(
  auth: Exclude<ConnectionAuth, { kind: 'token' }>,
  authorityHost: string,
  { env, managedIdentityClientId }: TokenProviderOptions,
): Promise<TokenCredential> {
  // Loaded only when needed: a cluster on this machine needs none of it.
  const identity = await import('@azure/identity');
  const common = { authorityHost };
  switch (auth.kind) {
    case 'app-key':
      return new identity.ClientSecretCredential(auth.tenantId, auth.clientId, auth.key.reveal(), common);
    case 'app-certificate':
      return new identity.ClientCertificateCredential(
        auth.tenantId,
        auth.clientId,
        { certificate: auth.certificate.reveal() },
        { ...common, sendCertificateChain: auth.sendChain },
      );
    case 'managed-identity':
      return managedIdentity(identity, auth.clientId);
    case 'azure-cli':
      return new identity.AzureCliCredential(auth.tenantId === undefined ? {} : { tenantId: auth.tenantId });
    case 'default':
      break;
  }
  if (managedIdentityClientId !== undefined && managedIdentityClientId !== '') {
    return managedIdentity(
      identity,
      managedIdentityClientId === 'system' ? undefined : managedIdentityClientId,
    );
  }
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId } = env;
  if (present(tenantId) && present(clientId)) {
    const {
      AZURE_FEDERATED_TOKEN_FILE: tokenFilePath,
      AZURE_CLIENT_CERTIFICATE: certificate,
      AZURE_CLIENT_SECRET: secret,
    } = env;
    if (present(tokenFilePath))
      return new identity.WorkloadIdentityCredential({ ...common, tenantId, clientId, tokenFilePath });
    if (present(certificate))
      return new identity.ClientCertificateCredential(tenantId, clientId, { certificate }, common);
    if (present(secret)) return new identity.ClientSecretCredential(tenantId, clientId, secret, common);
  }
  return new identity.DefaultAzureCredential(common);
}

function present(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function managedIdentity(identity: typeof AzureIdentity, clientId: string | undefined): TokenCredential {
  return clientId === undefined
    ? new identity.ManagedIdentityCredential()
    : new identity.ManagedIdentityCredential({ clientId });
}
