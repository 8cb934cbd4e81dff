import { createServer, type AddressInfo } from 'node:net';

/** Ports that were free a moment ago, all different, for programs that have to be told theirs. */
export async function freePorts<Name extends string>(...names: Name[]): Promise<Record<Name, number>> {
  // All are held until the last is known: one that was given back at once could be given out again.
  const servers = names.map(() => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<Name, number>;
}
