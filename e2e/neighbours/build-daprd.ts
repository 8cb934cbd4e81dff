import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, sourceKey } from './cache.ts';
import type { BuildOptions } from './prepare.ts';
import { MissingCommand, run } from './run.ts';

const sources = fileURLToPath(new URL('daprd/', import.meta.url));
// No tidying up: go.mod and go.sum are checked in, and finding out what they should hold takes minutes and gigabytes.
const args = ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w'];

/** Dapr's sidecar, from its Go modules. @returns its path */
export async function buildDaprd({ cacheDir, keeper, log }: BuildOptions): Promise<string> {
  // The Go that is there, not another that it would fetch: the cache's key names it.
  const env = { GOTOOLCHAIN: 'local' };
  const version = await run('go', ['version'], { keeper, env }).catch((error: unknown) => {
    if (!(error instanceof MissingCommand)) throw error;
    throw new MissingCommand(
      'These tests build the Dapr sidecar, and there is no "go" in PATH: install Go 1.22.6 or newer, https://go.dev/dl.',
    );
  });
  const folder = await cached({
    cacheDir,
    name: 'daprd',
    key: [version, args.join(' '), ...(await sourceKey(sources))],
    log,
    make: async (staging) => {
      log(`building daprd with ${version.trim()}, once: up to 10 minutes`);
      await mkdir(staging, { recursive: true });
      await run('go', [...args, '-o', join(staging, 'daprd'), '.'], {
        keeper,
        cwd: sources,
        env,
        nice: true,
        progress: { what: 'building daprd', log },
      });
    },
  });
  return join(folder, 'daprd');
}
