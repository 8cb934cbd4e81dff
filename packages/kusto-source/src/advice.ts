import { KustoError } from '@drasi-kusto/kusto-client';

export const adviceForDenied =
  "Let the identity read the database: .add database DATABASE viewers ('aadapp=CLIENT-ID;TENANT-ID').";

export const adviceForCredential =
  'Sign in (az login with AzCli=true in KUSTO_URI), or say in KUSTO_URI or USER_MANAGED_IDENTITY who is to sign in.';

export const adviceForUnreachable = 'Check the address in KUSTO_URI, the network, and HTTPS_PROXY.';

export const adviceForAddress =
  'KUSTO_URI has to be the address of a cluster, such as https://NAME.REGION.kusto.windows.net.';

/** What to do about an error of the way to Kusto, in a sentence; undefined where the message itself says it. */
export function adviceFor(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof KustoError)) continue;
    if (at.code === 'KUSTO_UNTRUSTED_HOST') return adviceForAddress;
    if (at.code === 'KUSTO_CREDENTIAL') return adviceForCredential;
    if (at.retryClass === 'denied') return adviceForDenied;
    if (at.retryClass === 'unreachable') return adviceForUnreachable;
  }
  return undefined;
}
