// The files of deploy/ agree with each other and with the code: nobody finds out on a cluster.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../src/config/config.ts';
import { propertyNames } from '../src/config/properties.ts';
import { parseSourceYaml } from '../src/config/source-yaml.ts';

const deploy = new URL('../../../deploy/', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, deploy), 'utf8');
const yaml = (path: string): unknown => parse(text(path), { strict: true, uniqueKeys: true });
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

interface Service {
  readonly image: string;
  readonly externalImage: boolean;
  readonly deprovisionHandler?: boolean;
  readonly dapr: { readonly 'app-port': string };
}
interface Provider {
  readonly spec: {
    readonly services: Readonly<Record<string, Service>>;
    readonly config_schema: { readonly properties: Readonly<Record<string, unknown>> };
  };
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}
interface Container {
  readonly name: string;
  readonly securityContext: Readonly<Record<string, unknown>> & { readonly runAsUser: number };
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}
interface Patch {
  readonly spec: {
    readonly strategy?: { readonly type: string };
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly Container[];
      };
    };
  };
}
interface Query {
  readonly spec: {
    readonly sources: {
      readonly subscriptions: readonly {
        readonly id: string;
        readonly nodes?: readonly { readonly sourceLabel: string }[];
        readonly relations?: readonly { readonly sourceLabel: string }[];
      }[];
    };
    readonly query: string;
  };
}

const services = ['proxy', 'reactivator'] as const;
const provider = yaml('source-provider.yaml') as Provider;

describe('deploy', () => {
  it('the provider names the images that the Makefiles build, and the properties that there are', () => {
    assert.deepEqual(Object.keys(provider.spec.services), services);
    assert.deepEqual(Object.keys(provider.spec.config_schema.properties), propertyNames);
    for (const name of services) {
      const service = provider.spec.services[name];
      assert.equal(service?.image, `drasi-kusto/source-kusto-${name}:${version}`);
      assert.equal(service.externalImage, true, 'else Drasi looks for it in its own registry');
      const makefile = text(`${name}/Makefile`);
      assert.match(makefile, new RegExp(`^IMAGE_PREFIX \\?= drasi-kusto$`, 'm'));
      assert.match(makefile, new RegExp(`^DOCKER_TAG_VERSION \\?= ${version.replaceAll('.', '\\.')}$`, 'm'));
      assert.match(makefile, new RegExp(`/source-kusto-${name}:`));
    }
    assert.equal(provider.spec.services['reactivator']?.deprovisionHandler, true);
  });

  for (const name of services) {
    const dockerfile = text(`${name}/Dockerfile`);
    const setting = (key: string): string | undefined =>
      new RegExp(`\\b${key}=("?)([^\\s"]+)\\1`).exec(dockerfile)?.[2];
    const patch = (yaml(`${name}/pod-patch.yaml`) as Patch).spec;
    const [container, ...others] = patch.template.spec.containers;

    it(`the image of the ${name} runs it, where Drasi looks, and as a user that is known not to be root`, () => {
      const last = dockerfile.trimEnd().split('\n').at(-1);
      assert.equal(last, `CMD ["node", "packages/kusto-source/bin/drasi-kusto.mjs", "${name}"]`);
      assert.equal(setting('APP_PORT'), provider.spec.services[name]?.dapr['app-port']);
      assert.equal(setting('LISTEN_HOST'), '0.0.0.0');
      assert.match(dockerfile, new RegExp(`^EXPOSE ${setting('APP_PORT')} ${setting('ADMIN_PORT')}$`, 'm'));
      const user = /^USER (\d+):(\d+)$/m.exec(dockerfile);
      assert.ok(Number(user?.[1]) > 0 && Number(user?.[2]) > 0, 'by number');
      assert.equal(container?.securityContext.runAsUser, Number(user?.[1]));
    });

    it(`the patch of the ${name} takes rights away, and probes what is served`, () => {
      assert.ok(container !== undefined && others.length === 0);
      assert.equal(container.name, name, 'another name would be another container');
      const { runAsNonRoot, readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities } =
        container.securityContext;
      assert.deepEqual([runAsNonRoot, readOnlyRootFilesystem, allowPrivilegeEscalation], [true, true, false]);
      assert.deepEqual(capabilities, { drop: ['ALL'] });
      const port = Number(setting('APP_PORT'));
      const { startupProbe, livenessProbe, readinessProbe } = container;
      for (const probe of [startupProbe, livenessProbe])
        assert.deepEqual(probe.httpGet, { path: '/healthz', port });
      assert.deepEqual(readinessProbe.httpGet, { path: '/readyz', port });
      assert.ok(patch.template.spec.terminationGracePeriodSeconds > 20, 'a batch in flight has 20 seconds');
      assert.equal(patch.strategy?.type, name === 'reactivator' ? 'Recreate' : undefined);
    });
  }

  it('the sample Sources can be read, and the sample queries ask for labels that they have', () => {
    for (const [sourcePath, queryPath] of [
      ['samples/source.yaml', 'samples/query.yaml'],
      ['samples/plant-source.yaml', 'samples/plant-query.yaml'],
    ] as const) {
      // What a person has to put in, put in.
      const filled = text(sourcePath).replaceAll(/<([a-z-]+)>/g, '$1');
      const { sourceId, values, warnings } = parseSourceYaml(filled, {});
      const { entities } = parseConfig(sourceId, values);
      assert.deepEqual(warnings, []);
      const query = (yaml(queryPath) as Query).spec;
      const [subscription] = query.sources.subscriptions;
      assert.equal(subscription?.id, sourceId);
      const labels = new Set(entities.map(({ label }) => label));
      // A subscription without labels takes those of the query's text.
      const asked = [...query.query.matchAll(/[([]\w*:(\w+)/g)].map(([, label]) => label);
      const subscribed = [...(subscription.nodes ?? []), ...(subscription.relations ?? [])];
      assert.ok(asked.length > 0);
      for (const label of [...asked, ...subscribed.map(({ sourceLabel }) => sourceLabel)])
        assert.ok(labels.has(label ?? ''), `${queryPath}: ${label}`);
    }
  });

  it('every file is YAML without a key that is written twice', () => {
    for (const path of [
      'sa.yaml',
      'source-provider.yaml',
      'proxy/pod-patch.yaml',
      'reactivator/pod-patch.yaml',
      'samples/source.yaml',
      'samples/query.yaml',
      'samples/plant-source.yaml',
      'samples/plant-query.yaml',
    ])
      for (const document of parseAllDocuments(text(path), { uniqueKeys: true }))
        assert.deepEqual([document.errors, document.warnings], [[], []], path);
  });
});
