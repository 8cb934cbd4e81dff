// `npm run kernels`: compiles the AssemblyScript kernels to the WebAssembly that is checked in beside the code that uses it.
import { fileURLToPath } from 'node:url';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main as compileAssembly } from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));

export const kernels = [
  {
    source: 'packages/kusto-client/assembly/scan-rows.ts',
    target: 'packages/kusto-client/src/frames/scan-rows.wasm',
  },
  {
    source: 'packages/kusto-source/assembly/encode-rows.ts',
    target: 'packages/kusto-source/src/element/encode-rows.wasm',
  },
];

/** The bytes of a kernel. Throws with the compiler's words. */
export async function compile({ source }) {
  const folder = await mkdtemp(join(tmpdir(), 'kernel-'));
  try {
    const out = join(folder, 'kernel.wasm');
    const options = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--initialMemory', '1'];
    let words = '';
    const { error } = await compileAssembly([join(root, source), '-o', out, '--baseDir', '/', ...options], {
      stderr: { write: (text) => (words += text) },
    });
    if (error) throw new Error(`${source}: ${words}`, { cause: error });
    return await readFile(out);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The bytes that are checked in. */
export const stored = ({ target }) => readFile(join(root, target));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const kernel of kernels) {
    const bytes = await compile(kernel);
    await writeFile(join(root, kernel.target), bytes);
    process.stdout.write(`${kernel.target}: ${bytes.length} bytes\n`);
  }
}
