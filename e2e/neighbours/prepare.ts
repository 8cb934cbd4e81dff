import { join } from 'node:path';
import { defaultCacheDir } from '../../packages/kusto-source/src/quickstart/drasi-install.ts';
import { buildDaprd } from './build-daprd.ts';
import { buildDrasiHost } from './build-drasi-host.ts';
import { Keeper } from './keeper.ts';
import { findRedis, type RedisPrograms } from './redis-package.ts';
import type { Log } from './run.ts';

export interface BuildOptions {
  readonly cacheDir: string;
  readonly keeper: Keeper;
  readonly log: Log;
}

/** The programs of the neighbours, ready to run. */
export interface Neighbours {
  readonly redis: RedisPrograms;
  /** Path of Dapr's sidecar. */
  readonly daprd: string;
  /** Path of the Drasi engine's host. */
  readonly drasiHost: string;
}

/**
 * Finds or builds the neighbours, one after the other, in `$XDG_CACHE_HOME/drasi-kusto/neighbours`.
 * @throws Error that says in one sentence what is missing on this machine
 */
export async function prepareNeighbours(): Promise<Neighbours> {
  await using keeper = new Keeper();
  const options: BuildOptions = {
    cacheDir: join(defaultCacheDir(process.env), 'neighbours'),
    keeper,
    log: (line) => process.stderr.write(`neighbours: ${line}\n`),
  };
  const redis = await findRedis(options);
  const daprd = await buildDaprd(options);
  const drasiHost = await buildDrasiHost(options);
  return { redis, daprd, drasiHost };
}
