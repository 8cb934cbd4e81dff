/**
 * Where a token may go. A token for Kusto opens every cluster its identity may read, so it is sent only to addresses that belong
 * to the service (the well-known endpoints list that Microsoft's clients ship), to this machine, or to hosts a person named.
 */
import { KustoError } from './errors.ts';

const SUFFIXES: readonly string[] = [
  // Public cloud
  '.kusto.windows.net',
  '.kustomfa.windows.net',
  '.kustodev.windows.net',
  '.kusto.azuresynapse.net',
  '.kustodev.azuresynapse-dogfood.net',
  '.kusto.fabric.microsoft.com',
  '.kusto.data.microsoft.com',
  '.dxp.aad.azure.com',
  '.dxp-dev.aad.azure.com',
  '.playfabapi.com',
  '.playfab.com',
  '.azureplayfab.com',
  '.api.securityplatform.microsoft.com',
  '.securitycenter.windows.com',
  '.arg.core.windows.net',
  // US Government
  '.kusto.usgovcloudapi.net',
  '.kustomfa.usgovcloudapi.net',
  '.arg.core.usgovcloudapi.net',
  // China
  '.kusto.chinacloudapi.cn',
  '.kustomfa.chinacloudapi.cn',
  '.kusto.azuresynapse.azure.cn',
  '.playfab.cn',
  '.arg.core.chinacloudapi.cn',
  // Other sovereign clouds
  '.kusto.core.eaglex.ic.gov',
  '.kustomfa.core.eaglex.ic.gov',
  '.kusto.core.microsoft.scloud',
  '.kustomfa.core.microsoft.scloud',
  '.kusto.sovcloud-api.fr',
  '.kustomfa.sovcloud-api.fr',
];

const HOSTS: ReadonlySet<string> = new Set([
  'ade.applicationinsights.io',
  'ade.loganalytics.io',
  'adx.applicationinsights.azure.com',
  'adx.loganalytics.azure.com',
  'adx.monitor.azure.com',
  'adx.applicationinsights.azure.us',
  'adx.loganalytics.azure.us',
  'adx.monitor.azure.us',
  'adx.applicationinsights.azure.cn',
  'adx.loganalytics.azure.cn',
  'adx.monitor.azure.cn',
  'adx.monitor.azure.eaglex.ic.gov',
  'adx.monitor.azure.microsoft.scloud',
  'adx.monitor.azure.fr',
  'kusto.aria.microsoft.com',
  'eu.kusto.aria.microsoft.com',
  'api.securityplatform.microsoft.com',
]);

/** Where an identity may be asked to show its secret. */
const LOGIN_HOSTS: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
  'login.microsoftonline.eaglex.ic.gov',
  'login.microsoftonline.microsoft.scloud',
  'login.sovcloud-identity.fr',
]);

export function isLoopback(uri: string): boolean {
  const host = new URL(uri).hostname;
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(host)
  );
}

function isWellKnown(host: string): boolean {
  return HOSTS.has(host) || SUFFIXES.some((suffix) => host.endsWith(suffix));
}

/**
 * @throws KustoError KUSTO_PLAIN_HTTP for plain http to another machine, with or without a token
 */
export function requireSafeTransport(uri: string): void {
  const url = new URL(uri);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(uri))) return;
  throw new KustoError(
    'KUSTO_PLAIN_HTTP',
    `${url.origin} is plain http to another machine; use https://${url.host}`,
  );
}

/**
 * @param trustedHosts exact host names, or suffixes that begin with a dot
 * @throws KustoError KUSTO_UNTRUSTED_HOST, KUSTO_PLAIN_HTTP
 */
export function requireTrustedHost(uri: string, trustedHosts: readonly string[]): void {
  requireSafeTransport(uri);
  const host = new URL(uri).hostname.toLowerCase();
  const named = trustedHosts.some((entry) => {
    const trusted = entry.toLowerCase();
    return trusted.startsWith('.') ? host.endsWith(trusted) : host === trusted;
  });
  if (named || isLoopback(uri) || isWellKnown(host)) return;
  throw new KustoError(
    'KUSTO_UNTRUSTED_HOST',
    `${host} is no known Kusto address, so no token is sent there`,
  );
}

/** @throws KustoError KUSTO_UNTRUSTED_HOST when a cluster names a login service that is none of Microsoft's */
export function requireKnownLogin(loginEndpoint: string): void {
  let url: URL | undefined;
  try {
    url = new URL(loginEndpoint);
  } catch {
    // Reported below.
  }
  if (url?.protocol === 'https:' && LOGIN_HOSTS.has(url.hostname)) return;
  throw new KustoError(
    'KUSTO_UNTRUSTED_HOST',
    `the cluster names ${JSON.stringify(loginEndpoint)} as its login service, which is not a known one`,
  );
}
