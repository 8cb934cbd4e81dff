import { daprd } from './daprd.ts';
import { freePorts } from './free-ports.ts';
import type { Program } from './program.ts';
import { service, type ServiceName, type ServiceOptions } from './services.ts';
import { TcpChaos } from './tcp-chaos.ts';

export interface PodOptions extends Pick<
  ServiceOptions,
  'sourceId' | 'properties' | 'compileCache' | 'keeper'
> {
  readonly service: ServiceName;
  readonly daprd: string;
  readonly redisPort: number;
  /** Where the sidecar's configuration goes. */
  readonly folder: string;
  /** Puts a line between the service and its sidecar. */
  readonly line: boolean;
}

/** What runs side by side in one pod of a cluster: a service, and its Dapr sidecar. */
export interface Pod {
  readonly service: Program;
  readonly sidecar: Program;
  /** From the service to its sidecar. */
  readonly line: TcpChaos | undefined;
  readonly appPort: number;
}

/** A pod whose two programs are still to be started. */
export async function preparePod(options: PodOptions): Promise<Pod> {
  const { service: name, sourceId, redisPort, folder, keeper, line: withLine } = options;
  const ports = await freePorts('app', 'admin');
  const sidecar = await daprd({
    daprd: options.daprd,
    appId: `${sourceId}-${name}`,
    appPort: ports.app,
    redisHost: `127.0.0.1:${redisPort}`,
    folder,
    keeper,
  });
  const line = withLine ? await TcpChaos.listen(sidecar.httpPort) : undefined;
  const program = service({
    service: name,
    sourceId,
    properties: options.properties,
    appPort: ports.app,
    adminPort: ports.admin,
    daprHttpPort: line?.port ?? sidecar.httpPort,
    daprGrpcPort: sidecar.grpcPort,
    compileCache: options.compileCache,
    keeper,
  });
  return { service: program, sidecar: sidecar.program, line, appPort: ports.app };
}
