import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Keeper } from './keeper.ts';
import { Program } from './program.ts';

export const serviceNames = ['proxy', 'reactivator'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The properties of a Source, as they stand in its YAML. */
export type Properties = Readonly<Record<string, string | number>>;

interface Provider {
  readonly spec: {
    readonly config_schema: {
      readonly properties: Readonly<Record<string, { readonly type: string }>>;
      readonly required: readonly string[];
    };
  };
}

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

export interface ServiceOptions {
  readonly service: ServiceName;
  readonly sourceId: string;
  readonly properties: Properties;
  readonly appPort: number;
  readonly adminPort: number;
  readonly daprHttpPort: number;
  readonly daprGrpcPort: number;
  readonly compileCache: string;
  readonly keeper: Keeper;
}

/** One of the two services in a process of its own, with the command and the environment that its pod gives it. */
export function service(options: ServiceOptions): Program {
  const { service: name, appPort } = options;
  return new Program(
    {
      name,
      command: process.execPath,
      args: ['packages/kusto-source/bin/drasi-kusto.mjs', name],
      env: environment(options),
      cwd: fileURLToPath(root),
      ready: async () => (await fetch(`http://127.0.0.1:${appPort}/healthz`)).ok,
    },
    options.keeper,
  );
}

/**
 * First what the image sets, then what Drasi's control plane and Dapr's injector add. Different from a pod's are only the
 * address and the ports, which several services share here, and the folder of compiled code.
 */
function environment(options: ServiceOptions): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    ...imageEnvironment(options.service),
    LISTEN_HOST: '127.0.0.1',
    APP_PORT: String(options.appPort),
    ADMIN_PORT: String(options.adminPort),
    NODE_COMPILE_CACHE: options.compileCache,
    SOURCE_ID: options.sourceId,
    INSTANCE_ID: 'default',
    PUBSUB: 'drasi-pubsub',
    STATE_STORE_NAME: 'drasi-state',
    DAPR_HTTP_PORT: String(options.daprHttpPort),
    DAPR_GRPC_PORT: String(options.daprGrpcPort),
    ...propertyEnvironment(options.properties),
  };
}

/** The ENV of the service's Dockerfile. */
function imageEnvironment(service: ServiceName): Record<string, string> {
  const block = /^ENV ((?:.*\\\n)*.*)$/m.exec(text(`deploy/${service}/Dockerfile`))?.[1] ?? '';
  const settings = block.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g);
  return Object.fromEntries([...settings].map(([, name, quoted, bare]) => [name, quoted ?? bare]));
}

/** What the control plane does with properties: checked against the provider's schema, then text of the same name. */
function propertyEnvironment(properties: Properties): Record<string, string> {
  const { properties: known, required } = (parse(text('deploy/source-provider.yaml')) as Provider).spec
    .config_schema;
  for (const name of required)
    if (!(name in properties)) throw new Error(`the provider requires the property ${name}`);
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const type = known[name]?.type;
      if (type !== (typeof value === 'number' ? 'integer' : 'string'))
        throw new Error(
          `the provider's schema has ${type ?? 'nothing'} for ${name}, not ${JSON.stringify(value)}`,
        );
      return [name, String(value)];
    }),
  );
}
