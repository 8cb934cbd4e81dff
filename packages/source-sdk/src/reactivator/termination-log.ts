import { writeFile } from 'node:fs/promises';
import { messageOf } from '../errors.ts';

export const TERMINATION_LOG = '/dev/termination-log';
/** Kubernetes keeps no more of it. */
const LIMIT = 4_096;

/** Leaves the reason of the end where Kubernetes and `drasi list source` look. Elsewhere there is no such file: ignored. */
export async function writeTerminationLog(path: string, error: unknown): Promise<void> {
  const code = error instanceof Error && 'code' in error ? `${String(error.code)}: ` : '';
  try {
    // Written, never created: outside a pod it would leave a stray file in /dev.
    await writeFile(path, Buffer.from(`${code}${messageOf(error)}\n`).subarray(0, LIMIT), { flag: 'r+' });
  } catch {
    // Whoever catches the error tells it.
  }
}
