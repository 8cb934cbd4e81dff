import { readFileSync } from 'node:fs';

/** A process as /proc shows it. */
export interface ProcessEntry {
  readonly parent: number;
  readonly name: string;
}

export type ReadProcess = (pid: number) => ProcessEntry | undefined;

const mostLevels = 5;

/**
 * Watches the processes between this one and the npm or npx that started it. A SIGKILL of npx ends neither its shell nor
 * this process: an orphan would go on holding its lock and its port, and a new start would find both taken.
 * Linux only; elsewhere nothing is watched.
 * @returns a function that says whether npm is gone; undefined when npm did not start this process
 */
export function watchNpm(pid: number, read: ReadProcess = readProcess): (() => boolean) | undefined {
  const chain: number[] = [pid];
  for (let at = read(pid); at !== undefined && chain.length <= mostLevels; at = read(at.parent)) {
    if (chain.length > 1 && /^(?:npm|npx)\b/.test(at.name)) return () => isBroken(chain, read);
    chain.push(at.parent);
  }
  return undefined;
}

/** A parent that died hands its children to another one. */
function isBroken(chain: readonly number[], read: ReadProcess): boolean {
  return chain.slice(0, -1).some((pid, level) => read(pid)?.parent !== chain[level + 1]);
}

function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const name = /^Name:\s*(.*)$/m.exec(status)?.[1];
    const parent = /^PPid:\s*(\d+)$/m.exec(status)?.[1];
    return name === undefined || parent === undefined ? undefined : { name, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
