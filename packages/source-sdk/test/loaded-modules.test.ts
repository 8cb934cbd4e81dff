// What a source does not ask for is not loaded: a Redis client, OpenTelemetry.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The URLs of all modules that an import of `file` loads. */
async function loadedBy(file: string): Promise<readonly string[]> {
  const url = new URL(`../src/${file}`, import.meta.url).href;
  const script = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    await import(${JSON.stringify(url)});
    console.log(JSON.stringify(urls));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  return JSON.parse(stdout) as string[];
}

const of = (urls: readonly string[], scope: string): number =>
  urls.filter((url) => url.includes(scope)).length;

describe('what an entry loads', () => {
  it('the main one neither a Redis client nor OpenTelemetry', async () => {
    const urls = await loadedBy('index.ts');
    assert.ok(of(urls, '/undici/') > 0, 'the modules are seen');
    assert.equal(of(urls, '/@redis/'), 0);
    assert.equal(of(urls, '/@opentelemetry/'), 0);
  });

  it('the others what they are for', async () => {
    assert.ok(of(await loadedBy('redis.ts'), '/@redis/') > 0);
    const urls = await loadedBy('opentelemetry.ts');
    assert.ok(of(urls, '/@opentelemetry/api/') > 0);
    assert.equal(of(urls, '/@opentelemetry/sdk'), 0);
  });
});
