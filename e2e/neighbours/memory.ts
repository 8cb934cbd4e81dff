import { readFileSync } from 'node:fs';
import type { Program } from './program.ts';

/** The memory of a process that is in RAM, bytes. @returns undefined where there is no /proc, and for one that is gone */
export function residentBytes(pid: number): number | undefined {
  try {
    // In kB, where /proc/PID/statm has pages of a size of their own.
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** Looks at the memory of programs five times a second. */
export class MemoryWatch implements Disposable {
  readonly #programs: readonly Program[];
  readonly #timer: NodeJS.Timeout;
  readonly #peaks = new Map<string, number>();

  constructor(programs: readonly Program[]) {
    this.#programs = programs;
    this.#timer = setInterval(() => this.#look(), 200);
    this.#look();
  }

  /** The most of each program since the last call, bytes by name; empty where there is no /proc. */
  takePeaks(): ReadonlyMap<string, number> {
    this.#look();
    const peaks = new Map(this.#peaks);
    this.#peaks.clear();
    return peaks;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const { name, pid } of this.#programs) {
      const bytes = pid === undefined ? undefined : residentBytes(pid);
      if (bytes !== undefined) this.#peaks.set(name, Math.max(bytes, this.#peaks.get(name) ?? 0));
    }
  }
}
