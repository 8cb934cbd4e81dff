import type { ConnectionAuth } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { digest } from '../config/fingerprint.ts';
import type { RowSecurity } from './row-security.ts';

/**
 * The fingerprint of what gives the keys and hashes of an index their meaning: ids (kind, label, key) and who looks, under which
 * row-level security (rule R19). The query is not in it: a row's hash covers what the query made of it. Secrets
 * are not either, so that a new one begins no epoch.
 */
export function indexEpoch(config: EntityConfig, security: RowSecurity): string {
  const { kind, label, primaryKey, connection, managedIdentity } = config;
  return digest({
    kind,
    label,
    key: primaryKey,
    identity: [managedIdentity ?? null, ...identityOf(connection.auth)],
    security: security.kind === 'on' ? security.policy : security.kind,
  });
}

function identityOf(auth: ConnectionAuth): readonly (string | null)[] {
  switch (auth.kind) {
    case 'app-key':
    case 'app-certificate':
      return ['app', auth.clientId, auth.tenantId];
    case 'managed-identity':
      return [auth.kind, auth.clientId ?? null];
    case 'azure-cli':
      return [auth.kind, auth.tenantId ?? null];
    default:
      return [auth.kind];
  }
}
