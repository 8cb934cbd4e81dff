import { KustoError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { findKeyword, nameOf, nearestKeyword } from './keywords.ts';
import type { Keyword } from './keywords.ts';
import { shownName, splitPairs } from './split.ts';

/** The identity a connection string names. */
export type ConnectionAuth =
  /** None named: the environment decides. */
  | { readonly kind: 'default' }
  | { readonly kind: 'app-key'; readonly clientId: string; readonly tenantId: string; readonly key: Secret }
  | {
      readonly kind: 'app-certificate';
      readonly clientId: string;
      readonly tenantId: string;
      /** PEM text: the certificate and its private key. */
      readonly certificate: Secret;
      readonly sendChain: boolean;
    }
  | { readonly kind: 'managed-identity'; readonly clientId: string | undefined }
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'azure-cli'; readonly tenantId: string | undefined };

export interface ConnectionString {
  /** The cluster's address without a slash at the end, for example `https://help.kusto.windows.net`. */
  readonly uri: string;
  readonly database: string | undefined;
  readonly auth: ConnectionAuth;
  readonly applicationName: string | undefined;
  readonly userName: string | undefined;
}

function refuse(message: string): KustoError {
  return new KustoError('KUSTO_BAD_CONNECTION_STRING', `connection string: ${message}`);
}

/**
 * Reads a plain URI (`https://cluster` or `https://cluster/Database`) or `Keyword=Value;…`. Values may contain `=`; with `;`
 * they stand in double or single quotes, the quote itself doubled.
 * @throws KustoError KUSTO_BAD_CONNECTION_STRING naming the keyword, never its value
 */
export function parseConnectionString(text: string): ConnectionString {
  const values = new Map<Keyword, string>();
  for (const { name, value } of splitPairs(text)) {
    const keyword = name === '' ? 'dataSource' : findKeyword(name);
    if (keyword === undefined) {
      const near = nearestKeyword(name);
      throw refuse(
        `unknown keyword ${shownName(name)}${near === undefined ? '' : `; did you mean "${near}"?`}`,
      );
    }
    if (keyword === 'unsupported')
      throw refuse(
        `${JSON.stringify(name)} is not supported; use an application key or certificate, a managed identity or a token`,
      );
    if (keyword === 'ignored') continue;
    if (values.has(keyword)) throw refuse(`"${nameOf(keyword)}" is given twice`);
    if (value !== '') values.set(keyword, value);
  }
  const source = values.get('dataSource');
  if (source === undefined) throw refuse('"Data Source" is missing; give the address of the cluster');
  const consistency = values.get('queryConsistency');
  if (consistency !== undefined && !/^(?:strongconsistency|default)$/i.test(consistency)) {
    throw refuse(
      '"Query Consistency" can only be strongconsistency: with a weaker one, a later answer may be older than an earlier one',
    );
  }
  const { uri, catalog } = readUri(source);
  const database = values.get('initialCatalog') ?? catalog;
  if (catalog !== undefined && database !== catalog) {
    throw refuse(`the address names the database ${JSON.stringify(catalog)}, "Initial Catalog" another one`);
  }
  return {
    uri,
    database,
    auth: readAuth(values),
    applicationName: values.get('applicationName'),
    userName: values.get('userName'),
  };
}

function readUri(source: string): { readonly uri: string; readonly catalog: string | undefined } {
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(source) ? source : `https://${source}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw refuse('"Data Source" is not an address; it looks like https://cluster.region.kusto.windows.net');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refuse(`"Data Source" begins with ${url.protocol}//; use https`);
  }
  if (url.username !== '' || url.password !== '')
    throw refuse('"Data Source" must not contain a user or password');
  if (url.search !== '' || url.hash !== '') throw refuse('"Data Source" must not contain ? or #');
  if (url.hostname.startsWith('ingest-')) {
    throw refuse(
      `"Data Source" is the ingestion endpoint; for queries use ${url.hostname.slice('ingest-'.length)}`,
    );
  }
  const path = url.pathname.split('/').filter((part) => part !== '');
  // One segment is a database; a longer path is the resource path of an Azure Monitor endpoint.
  const [only] = path;
  if (path.length === 1 && only !== undefined) return { uri: url.origin, catalog: decodeURIComponent(only) };
  return { uri: path.length === 0 ? url.origin : `${url.origin}/${path.join('/')}`, catalog: undefined };
}

function readFlag(values: ReadonlyMap<Keyword, string>, keyword: Keyword): boolean | undefined {
  const value = values.get(keyword)?.toLowerCase();
  if (value === undefined) return undefined;
  if (['true', 'yes', '1', 'sspi'].includes(value)) return true;
  if (['false', 'no', '0'].includes(value)) return false;
  throw refuse(`"${nameOf(keyword)}" must be true or false`);
}

function readAuth(values: ReadonlyMap<Keyword, string>): ConnectionAuth {
  if (values.has('password'))
    throw refuse(
      '"Password": signing in as a user is not supported; use an application, a managed identity or a token',
    );
  if (values.has('certificateThumbprint'))
    throw refuse(
      '"Application Certificate Thumbprint": there is no certificate store; give the PEM text in "Application Certificate PrivateKey"',
    );
  readFlag(values, 'federated');

  const found: ConnectionAuth[] = [];
  const token = values.get('applicationToken') ?? values.get('userToken');
  if (token !== undefined) found.push({ kind: 'token', token: new Secret(token) });
  if (values.has('applicationKey') || values.has('certificate')) found.push(readApplication(values));
  const identity = readManagedIdentity(values);
  if (identity !== undefined) found.push(identity);
  if (readFlag(values, 'azureCli') === true)
    found.push({ kind: 'azure-cli', tenantId: values.get('authorityId') });

  if (found.length > 1)
    throw refuse(
      'more than one identity is named (token, application key or certificate, managed identity, Az CLI); keep one',
    );
  const [auth] = found;
  if (auth === undefined && values.has('applicationClientId'))
    throw refuse('"Application Client Id" needs "Application Key" or "Application Certificate PrivateKey"');
  return auth ?? { kind: 'default' };
}

function readApplication(values: ReadonlyMap<Keyword, string>): ConnectionAuth {
  const clientId = values.get('applicationClientId');
  const tenantId = values.get('authorityId');
  const key = values.get('applicationKey');
  const certificate = values.get('certificate');
  if (clientId === undefined) throw refuse('"Application Client Id" is missing');
  if (tenantId === undefined) throw refuse('"Authority Id" (the tenant) is missing');
  if (key !== undefined && certificate !== undefined)
    throw refuse('"Application Key" and a certificate are both given; keep one');
  if (key !== undefined) return { kind: 'app-key', clientId, tenantId, key: new Secret(key) };
  return {
    kind: 'app-certificate',
    clientId,
    tenantId,
    certificate: new Secret(certificate ?? ''),
    sendChain: readFlag(values, 'certificateX5c') ?? false,
  };
}

/** `system`, `true` or a client id; `MSI Params` may hold `client_id=…`. */
function readManagedIdentity(values: ReadonlyMap<Keyword, string>): ConnectionAuth | undefined {
  const value = values.get('managedIdentity');
  if (value === undefined || /^(?:false|no|0)$/i.test(value)) return undefined;
  if (!/^(?:system|true|yes|1)$/i.test(value)) return { kind: 'managed-identity', clientId: value };
  const parameters = values.get('msiParameters');
  const clientId = parameters?.replace(/^\s*client_?id\s*=\s*/i, '').trim();
  return { kind: 'managed-identity', clientId: clientId === '' ? undefined : clientId };
}
