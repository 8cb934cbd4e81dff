import { KustoError } from './errors.ts';
import { requireKnownLogin } from './trusted-hosts.ts';

/** Which login service and which token audience belong to a cluster. */
export interface CloudInfo {
  readonly loginEndpoint: string;
  /** The scope to ask a token for. */
  readonly scope: string;
}

/** What holds where a cluster does not say (it answers 404). */
export const PUBLIC_CLOUD: CloudInfo = {
  loginEndpoint: 'https://login.microsoftonline.com',
  scope: 'https://kusto.kusto.windows.net/.default',
};

/**
 * Reads the answer of `GET {cluster}/v1/rest/auth/metadata`.
 * @throws KustoError KUSTO_PROTOCOL, KUSTO_UNTRUSTED_HOST
 */
export function readCloudInfo(body: string): CloudInfo {
  let entra: Record<string, unknown> | undefined;
  try {
    entra = (JSON.parse(body) as Record<string, Record<string, unknown> | undefined>)['AzureAD'];
  } catch {
    // Reported below.
  }
  const { LoginEndpoint: login, KustoServiceResourceId: resource, LoginMfaRequired: mfa } = entra ?? {};
  if (typeof login !== 'string' || typeof resource !== 'string' || !URL.canParse(resource)) {
    throw new KustoError(
      'KUSTO_PROTOCOL',
      'the answer of /v1/rest/auth/metadata names no login service and resource',
    );
  }
  requireKnownLogin(login);
  const audience = mfa === true ? resource.replace('.kusto.', '.kustomfa.') : resource;
  return { loginEndpoint: login, scope: `${audience.replace(/\/+$/, '')}/.default` };
}
