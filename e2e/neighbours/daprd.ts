import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flags } from './flags.ts';
import { freePorts } from './free-ports.ts';
import type { Keeper } from './keeper.ts';
import { Program } from './program.ts';

export interface DaprdOptions {
  readonly daprd: string;
  /** `<source>-proxy` or `<source>-reactivator`, as Drasi's control plane names them. */
  readonly appId: string;
  readonly appPort: number;
  /** host:port of Redis. */
  readonly redisHost: string;
  /** An empty folder for its configuration. */
  readonly folder: string;
  readonly keeper: Keeper;
}

// The names and the pub/sub type are those of Drasi's installer; its state store is MongoDB, which has ETags as Redis has.
const component = (name: string, type: string, metadata: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: {
      type,
      version: 'v1',
      metadata: Object.entries(metadata).map(([key, value]) => ({ name: key, value })),
    },
  });

// Without a control plane sidecars find each other by mDNS.
const configuration = JSON.stringify({
  apiVersion: 'dapr.io/v1alpha1',
  kind: 'Configuration',
  metadata: { name: 'neighbours' },
  spec: { nameResolution: { component: 'mdns' } },
});

/** The Dapr sidecar of one service. JSON is YAML too, and Dapr takes files by the ending .yaml. */
export async function daprd(
  options: DaprdOptions,
): Promise<{ readonly program: Program; readonly httpPort: number; readonly grpcPort: number }> {
  const { appId, appPort, redisHost, folder, keeper } = options;
  const resources = join(folder, 'resources');
  await mkdir(resources, { recursive: true });
  const connection = { redisHost, redisPassword: '' };
  await writeFile(
    join(resources, 'drasi-pubsub.yaml'),
    component('drasi-pubsub', 'pubsub.redis', {
      ...connection,
      consumerID: 'drasi',
      concurrency: '1',
      queueDepth: '100000',
    }),
  );
  await writeFile(join(resources, 'drasi-state.yaml'), component('drasi-state', 'state.redis', connection));
  const config = join(folder, 'configuration.yaml');
  await writeFile(config, configuration);
  // The same ports in every run: the other sidecar remembers where this one was.
  const ports = await freePorts('http', 'grpc', 'internal');
  const program = new Program(
    {
      name: `daprd ${appId}`,
      command: options.daprd,
      args: flags({
        mode: 'standalone',
        'app-id': appId,
        'app-port': appPort,
        'app-protocol': 'http',
        'app-channel-address': '127.0.0.1',
        'dapr-http-port': ports.http,
        'dapr-grpc-port': ports.grpc,
        'dapr-internal-grpc-port': ports.internal,
        'dapr-listen-addresses': '127.0.0.1',
        'dapr-internal-grpc-listen-address': '127.0.0.1',
        'enable-metrics': 'false',
        'log-level': 'warn',
        'resources-path': resources,
        config,
      }),
      // The address it announces; by itself it would announce one of another network, where it does not listen.
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, DAPR_HOST_IP: '127.0.0.1' },
      cwd: folder,
      ready: async () => (await fetch(`http://127.0.0.1:${ports.http}/v1.0/healthz/outbound`)).ok,
    },
    keeper,
  );
  return { program, httpPort: ports.http, grpcPort: ports.grpc };
}
