import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir } from '../../packages/kusto-source/src/quickstart/drasi-install.ts';
import { database, difference, kustoRows, type Agreement } from './agreement.ts';
import { DrasiHost } from './drasi-host.ts';
import { freePorts } from './free-ports.ts';
import { Keeper } from './keeper.ts';
import { startPatientKusto, type Kusto } from './kusto.ts';
import { KustoProcess } from './kusto-process.ts';
import { preparePod, type Pod, type PodOptions } from './pod.ts';
import type { Neighbours } from './prepare.ts';
import type { Program } from './program.ts';
import { Redis } from './redis.ts';
import { serviceNames, type Properties, type ServiceName } from './services.ts';
import { TcpChaos } from './tcp-chaos.ts';
import { until } from './until.ts';

export interface WorldOptions {
  readonly neighbours: Neighbours;
  /** Management commands and ingestion before anything else starts. */
  readonly seed: (kusto: Kusto) => Promise<void>;
  /** Of the Source; where Kusto is, and how often it is asked, is added. */
  readonly properties: Properties;
  readonly queries: readonly Agreement[];
  /** Redis keeps everything through a kill. Default false. */
  readonly durable?: boolean;
  /** Between the Source and its neighbours are lines that can be treated badly: {@link World.lines}. Default false. */
  readonly lines?: boolean;
  /** Kusto is a program that can be killed and stopped, and keeps what it has: {@link World.kustoProgram}. Default false. */
  readonly kustoProcess?: boolean;
}

/** The lines of a world, by what is behind each. The engine and the test itself use none of them. */
export type Lines = Readonly<Record<'kusto' | 'redis' | `sidecar of the ${ServiceName}`, TcpChaos>>;

type WorldParts = Pick<
  World,
  'kusto' | 'redis' | 'services' | 'sidecars' | 'drasi' | 'sourceId' | 'proxyUrl'
> & {
  readonly lines: Partial<Lines>;
  readonly kustoProgram: Program | undefined;
  readonly pod: Omit<PodOptions, 'service' | 'folder'>;
  readonly folder: string;
};

const GROUP = 'drasi-core';

/**
 * A Source on its platform: kusto-local, Redis, our two services, a Dapr sidecar for each, and the Drasi engine, everything
 * on the loopback. All are processes of their own, to be killed and started again by name; kusto-local where that is asked for.
 */
export class World implements AsyncDisposable {
  readonly kusto: Kusto;
  readonly redis: Redis;
  readonly services: Readonly<Record<ServiceName, Program>>;
  readonly sidecars: Readonly<Record<ServiceName, Program>>;
  readonly drasi: DrasiHost;
  readonly sourceId: string;
  readonly proxyUrl: string;
  readonly #lines: Partial<Lines>;
  readonly #kustoProgram: Program | undefined;
  readonly #pod: WorldParts['pod'];
  readonly #folder: string;
  readonly #more: Program[] = [];
  readonly #queries: readonly Agreement[];
  readonly #closing: AsyncDisposableStack;

  private constructor(parts: WorldParts, queries: readonly Agreement[], closing: AsyncDisposableStack) {
    this.kusto = parts.kusto;
    this.redis = parts.redis;
    this.services = parts.services;
    this.sidecars = parts.sidecars;
    this.drasi = parts.drasi;
    this.sourceId = parts.sourceId;
    this.proxyUrl = parts.proxyUrl;
    this.#lines = parts.lines;
    this.#kustoProgram = parts.kustoProgram;
    this.#pod = parts.pod;
    this.#folder = parts.folder;
    this.#queries = queries;
    this.#closing = closing;
  }

  static async create(options: WorldOptions): Promise<World> {
    await using closing = new AsyncDisposableStack();
    const keeper = closing.use(new Keeper());
    const folder = closing.adopt(await mkdtemp(join(tmpdir(), 'drasi-kusto-world-')), (path) =>
      rm(path, { recursive: true, force: true }),
    );
    const compileCache = join(defaultCacheDir(process.env), 'compiled');
    let kusto: Kusto;
    let kustoProgram: Program | undefined;
    if (options.kustoProcess === true) {
      const { kusto: port } = await freePorts('kusto');
      const started = new KustoProcess({ port, folder: join(folder, 'kusto'), compileCache, keeper });
      kusto = started;
      kustoProgram = closing.use(started.program);
      await kustoProgram.start();
    } else kusto = closing.adopt(await startPatientKusto(), (started) => started.close());
    await options.seed(kusto);
    // mDNS is the one thing here that others on the network may hear: no two runs have the same names.
    const sourceId = `e2e-${randomBytes(4).toString('hex')}`;
    const ports = await freePorts('redis');
    await mkdir(join(folder, 'redis'));
    const redis = new Redis({
      programs: options.neighbours.redis,
      port: ports.redis,
      folder: join(folder, 'redis'),
      keeper,
      durable: options.durable ?? false,
    });
    closing.use(redis.program);
    const lines: { -readonly [Name in keyof Lines]?: Lines[Name] } = {};
    const { lines: withLines = false } = options;
    if (withLines) {
      lines.kusto = closing.use(await TcpChaos.listen(Number(new URL(kusto.url).port)));
      lines.redis = closing.use(await TcpChaos.listen(ports.redis));
    }
    const pod = {
      daprd: options.neighbours.daprd,
      redisPort: lines.redis?.port ?? ports.redis,
      line: withLines,
      sourceId,
      properties: {
        KUSTO_URI: lines.kusto === undefined ? kusto.url : `http://127.0.0.1:${lines.kusto.port}`,
        KUSTO_DATABASE: database,
        POLLING_INTERVAL: 200,
        ...options.properties,
      },
      compileCache,
      keeper,
    };
    const services: Partial<Record<ServiceName, Program>> = {};
    const sidecars: Partial<Record<ServiceName, Program>> = {};
    let proxyPort = 0;
    for (const name of serviceNames) {
      const started = await preparePod({ ...pod, service: name, folder: join(folder, `daprd-${name}`) });
      if (started.line !== undefined) lines[`sidecar of the ${name}`] = closing.use(started.line);
      sidecars[name] = closing.use(started.sidecar);
      services[name] = closing.use(started.service);
      if (name === 'proxy') proxyPort = started.appPort;
    }
    const proxyUrl = `http://127.0.0.1:${proxyPort}`;
    const drasi = new DrasiHost({
      drasiHost: options.neighbours.drasiHost,
      sourceId,
      redisUrl: redis.url,
      group: GROUP,
      bootstrapUrl: proxyUrl,
      queries: options.queries,
      keeper,
    });
    closing.use(drasi.program);
    const shared = { kusto, kustoProgram, redis, drasi, sourceId, proxyUrl, lines, pod, folder };
    const parts = { ...shared, services, sidecars } as WorldParts;
    return new World(parts, options.queries, closing.move());
  }

  /** The stream of the Source's topic. */
  get topic(): string {
    return `${this.sourceId}-change`;
  }

  get programs(): readonly Program[] {
    const { redis, sidecars, services, drasi } = this;
    const first = [redis.program, ...Object.values(sidecars), ...Object.values(services)];
    const kusto = this.#kustoProgram === undefined ? [] : [this.#kustoProgram];
    return [...kusto, ...first, ...this.#more, drasi.program];
  }

  /** @throws TypeError when Kusto lives in the test's process */
  get kustoProgram(): Program {
    if (this.#kustoProgram === undefined) throw new TypeError('this world was made without kustoProcess');
    return this.#kustoProgram;
  }

  /** @throws TypeError when the world was made without lines */
  get lines(): Lines {
    const lines = this.#lines;
    if (!isComplete(lines)) throw new TypeError('this world was made without lines');
    return lines;
  }

  /**
   * Another reactivator of the same Source, as a rolling update starts it: of the same application, with a sidecar of its own. Both run
   * when it resolves. No bootstrap may begin meanwhile: mDNS knows no readiness, and would also lead it to the one that waits.
   */
  async secondReactivator(): Promise<Pod> {
    const folder = join(this.#folder, `daprd-reactivator-${this.#more.length}`);
    const pod = await preparePod({ ...this.#pod, line: false, service: 'reactivator', folder });
    for (const program of [pod.sidecar, pod.service]) this.#more.push(this.#closing.use(program));
    await Promise.all([pod.sidecar.start(), pod.service.start()]);
    return pod;
  }

  /** Starts everything in the order of a cluster: what is shared, then the Source, then a query on it. */
  async start(): Promise<void> {
    await this.redis.program.start();
    // drasi-lib's platform source would make its group at the end of the stream, after it says that it runs: a change in
    // between would be in neither bootstrap nor feed. The platform makes it at the time the query began.
    await this.redis.command('XGROUP', 'CREATE', this.topic, GROUP, '0', 'MKSTREAM');
    // A pod's containers start together, and a sidecar waits for its app.
    await Promise.all(
      [...Object.values(this.sidecars), ...Object.values(this.services)].map((each) => each.start()),
    );
    await this.drasi.program.start();
  }

  /** Starts Redis again after a kill. @returns how many entries were on their way to the engine, and are given to it again */
  async restartRedis(): Promise<number> {
    await this.redis.program.start();
    return this.redis.giveAgain(this.topic, GROUP);
  }

  /** Waits until every query has the rows that Kusto has. @throws Error with the first differences */
  async agree(timeoutMs = 60_000, queries: readonly Agreement[] = this.#queries): Promise<void> {
    for (const { id, kql } of queries) {
      const wanted = await kustoRows(this.kusto, kql);
      let last: string | undefined;
      const same = async (): Promise<boolean> => {
        last = difference(await this.drasi.results(id), wanted);
        // Nothing more comes of a program that has failed.
        return last === undefined || this.programs.some((program) => program.ended !== undefined);
      };
      await until(same, `"${id}" of the engine, the same as Kusto's`, { timeoutMs, everyMs: 200 }).catch(
        (error: unknown) => {
          throw new Error(`the query "${id}" differs from Kusto's:\n${last}`, { cause: error });
        },
      );
      for (const program of this.programs) program.check();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.disposeAsync();
  }
}

function isComplete(lines: Partial<Lines>): lines is Lines {
  return lines.kusto !== undefined;
}

/** A world for a test, gone at its end. When the test fails, the last lines of every program are shown. */
export async function inWorld(options: WorldOptions, test: (world: World) => Promise<void>): Promise<void> {
  await using world = await World.create(options);
  try {
    await world.start();
    await test(world);
  } catch (error) {
    for (const { name, log } of world.programs)
      process.stderr.write(`--- the last of ${name}\n${log.slice(-40).join('\n')}\n`);
    throw error;
  }
}
