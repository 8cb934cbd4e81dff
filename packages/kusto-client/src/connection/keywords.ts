/**
 * Keywords of Kusto connection strings with the aliases that Microsoft documents or whose clients accept
 * (https://learn.microsoft.com/kusto/api/connection-strings/kusto). Compared without case and spaces.
 */
export type Keyword = keyof typeof KEYWORDS;

const KEYWORDS = {
  dataSource: [
    'Data Source',
    'Server',
    'Addr',
    'Address',
    'Network Address',
    'Data Source Uri',
    'ServerURI',
    'ClusterURI',
  ],
  initialCatalog: ['Initial Catalog', 'Database'],
  federated: ['AAD Federated Security', 'Federated Security', 'Federated', 'Fed', 'AADFed'],
  applicationClientId: ['Application Client Id', 'AppClientId'],
  applicationKey: ['Application Key', 'AppKey'],
  certificate: ['Application Certificate PrivateKey', 'Application Certificate Blob'],
  certificateX5c: [
    'Application Certificate SendX5c',
    'Application Certificate x5c',
    'SendX5c',
    'Application Certificate Send Public Certificate',
    'SendCertificateChain',
  ],
  certificateThumbprint: ['Application Certificate Thumbprint', 'AppCert'],
  authorityId: ['Authority Id', 'TenantId', 'Tenant', 'Tid', 'Authority'],
  applicationToken: ['Application Token', 'AppToken'],
  userToken: ['User Token', 'UsrToken'],
  managedIdentity: [
    'Managed Service Identity',
    'EmbeddedManagedIdentity',
    'dMSI',
    'MSI Authentication',
    'MSI',
  ],
  msiParameters: ['MSI Params', 'MSI Parameters'],
  azureCli: ['Az CLI', 'AzCli'],
  userId: ['AAD User ID', 'User ID', 'UID', 'User', 'Login Hint'],
  password: ['Password', 'Pwd'],
  applicationName: ['Application Name for Tracing', 'TraceAppName'],
  userName: ['User Name for Tracing', 'TraceUserName'],
  queryConsistency: ['Query Consistency'],
  unsupported: [
    'dSTS Federated Security',
    'dSTSFed',
    'Application Certificate Issuer Distinguished Name',
    'Application Certificate Issuer',
    'Application Certificate Subject Distinguished Name',
    'Application Certificate Subject',
    'Interactive Login',
  ],
  /** Means nothing here, or is always so: accepted and not used. */
  ignored: [
    'Streaming',
    'Uncompressed',
    'EnforceMfa',
    'Accept',
    'Azure Region',
    'Region',
    'Namespace',
    'Domain Hint',
  ],
} as const satisfies Record<string, readonly string[]>;

function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_]/g, '');
}

const BY_NAME: ReadonlyMap<string, Keyword> = new Map(
  Object.entries(KEYWORDS).flatMap(([keyword, names]) =>
    names.map((name) => [normal(name), keyword as Keyword] as const),
  ),
);

export function findKeyword(name: string): Keyword | undefined {
  return BY_NAME.get(normal(name));
}

/** The documented name of a keyword. */
export function nameOf(keyword: Keyword): string {
  return KEYWORDS[keyword][0];
}

/** The known name with the fewest letters to change; undefined when none is near. */
export function nearestKeyword(name: string): string | undefined {
  const wanted = normal(name);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const known of Object.values(KEYWORDS).flat()) {
    const distance = editDistance(wanted, normal(known));
    if (best === undefined || distance < best.distance) best = { name: known, distance };
  }
  return best !== undefined && best.distance <= Math.max(2, wanted.length / 2) ? best.name : undefined;
}

function editDistance(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const line = [row];
    for (let column = 1; column <= right.length; column++) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1;
      line.push(
        Math.min((above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, (above[column - 1] ?? 0) + change),
      );
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
