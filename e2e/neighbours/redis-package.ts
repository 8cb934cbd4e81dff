import { globSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { cached } from './cache.ts';
import type { BuildOptions } from './prepare.ts';
import { MissingCommand, run } from './run.ts';

/** Where the two programs of Redis are, and what they need to find their libraries. */
export interface RedisPrograms {
  readonly server: string;
  readonly cli: string;
  readonly env: Readonly<Record<string, string>>;
}

// The server and what it links to beyond a bare Debian.
const packages = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];

/**
 * Redis 7: the machine's own, or else Debian's package, unpacked into the cache. Nothing is installed and no root is
 * needed: apt gets a state directory of its own.
 */
export async function findRedis({ cacheDir, keeper, log }: BuildOptions): Promise<RedisPrograms> {
  const own = await run('redis-server', ['--version'], { keeper }).catch(() => '');
  if (Number(/v=(\d+)/.exec(own)?.[1] ?? 0) >= 7)
    return { server: 'redis-server', cli: 'redis-cli', env: {} };
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const folder = await cached({
    cacheDir,
    name: 'redis',
    key: [system, arch(), ...packages],
    log,
    make: async (staging) => {
      log("fetching Debian's Redis, once: seconds");
      try {
        await unpack(staging, keeper);
      } catch (error) {
        throw new Error(
          'These tests need Redis 7, and Debian\'s package could not be had: install "redis-server" so that it is in PATH.',
          { cause: error },
        );
      }
    },
  });
  const [libraries] = globSync(join(folder, 'usr/lib/*-linux-*'));
  return {
    server: join(folder, 'usr/bin/redis-server'),
    cli: join(folder, 'usr/bin/redis-cli'),
    env: libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries },
  };
}

async function unpack(folder: string, keeper: BuildOptions['keeper']): Promise<void> {
  const apt = join(folder, 'apt');
  for (const path of ['state/lists/partial', 'cache/archives/partial', 'packages'])
    await mkdir(join(apt, path), { recursive: true });
  const options = [
    '-qq',
    `--option=Dir::State=${join(apt, 'state')}`,
    `--option=Dir::Cache=${join(apt, 'cache')}`,
    // As root apt would fetch as another user, who may not write here.
    '--option=APT::Sandbox::User=',
  ];
  const cwd = join(apt, 'packages');
  await run('apt-get', [...options, 'update'], { keeper });
  await run('apt-get', [...options, 'download', ...packages], { keeper, cwd });
  for (const archive of globSync('*.deb', { cwd }))
    await run('dpkg', ['-x', archive, folder], { keeper, cwd });
  await rm(apt, { recursive: true });
  const env = { LD_LIBRARY_PATH: globSync(join(folder, 'usr/lib/*-linux-*'))[0] ?? '' };
  await run(join(folder, 'usr/bin/redis-server'), ['--version'], { keeper, env }).catch((error: unknown) => {
    throw error instanceof MissingCommand ? new Error('the packages have no redis-server') : error;
  });
}
