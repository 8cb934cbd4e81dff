import { createServer } from 'node:net';

/**
 * Below the ports that a system gives to outgoing connections (Linux from 32 768, macOS from 49 152): while a program is down, no
 * connection takes its port. Two files of tests that run side by side have neighbouring process ids, so each has a part of its own.
 */
const lowest = 15_000;
const parts = 150;
const portsOfPart = 100;
const first = lowest + (process.pid % parts) * portsOfPart;
let given = 0;

/** Ports that were free a moment ago, all different, for programs that have to be told theirs. */
export async function freePorts<Name extends string>(...names: Name[]): Promise<Record<Name, number>> {
  const ports: Partial<Record<Name, number>> = {};
  for (const name of names) ports[name] = await nextFree();
  return ports as Record<Name, number>;
}

/** @throws Error when every port of this process is taken */
async function nextFree(): Promise<number> {
  for (let tried = 0; tried < portsOfPart; tried += 1) {
    const port = first + (given++ % portsOfPart);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${first} to ${first + portsOfPart - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
