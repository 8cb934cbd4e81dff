import { Agent, EnvHttpProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { isLoopback } from '../trusted-hosts.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connections to one cluster. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured, except to this machine, which no proxy can reach.
 * Further certificate authorities come by NODE_EXTRA_CA_CERTS, which Node reads itself.
 */
export function createDispatcher(uri: string): Dispatcher {
  const options = { connect: { timeout: CONNECT_TIMEOUT_MS }, allowH2: false, pipelining: 1 };
  return isLoopback(uri) ? new Agent(options) : new EnvHttpProxyAgent(options);
}
