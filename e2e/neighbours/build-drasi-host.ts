import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, sourceKey } from './cache.ts';
import type { BuildOptions } from './prepare.ts';
import { MissingCommand, run } from './run.ts';

const sources = fileURLToPath(new URL('drasi-host/', import.meta.url));

/** The Drasi engine with its platform source, from its crates. @returns the program's path */
export async function buildDrasiHost({ cacheDir, keeper, log }: BuildOptions): Promise<string> {
  const missing = (error: unknown): never => {
    if (!(error instanceof MissingCommand)) throw error;
    throw new MissingCommand(
      'These tests build the Drasi engine, and there is no "cargo" in PATH: install Rust 1.89 or newer, https://rustup.rs.',
    );
  };
  const version = await run('rustc', ['-vV'], { keeper }).catch(missing);
  await run('cargo', ['--version'], { keeper }).catch(missing);
  const folder = await cached({
    cacheDir,
    name: 'drasi-host',
    key: [version, ...(await sourceKey(sources, ['target']))],
    log,
    make: async (staging) => {
      log(`building the Drasi engine with ${version.split('\n')[0]}, once: up to 10 minutes`);
      const target = join(staging, 'target');
      await run('cargo', ['build', '--locked', '--quiet'], {
        keeper,
        cwd: sources,
        env: { CARGO_TARGET_DIR: target },
        nice: true,
        progress: { what: 'building the Drasi engine', log },
      });
      await rename(join(target, 'debug', 'drasi-host'), join(staging, 'drasi-host'));
      // A gigabyte of what the compiler had in between.
      await rm(target, { recursive: true });
    },
  });
  return join(folder, 'drasi-host');
}
