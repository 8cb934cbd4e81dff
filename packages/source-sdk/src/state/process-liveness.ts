import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * When a process began, in units of its system; undefined when there is no such process, or only its remains.
 * A process id alone is used again by the system; with the beginning it names one process.
 */
export function processStart(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything, so the fields are counted from its end: state, then field 22, starttime.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    // A killed process stays in the table until its parent looks; it holds nothing any more.
    return state === 'Z' || state === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const started = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim();
    return started === '' || started.startsWith('Z') ? undefined : started.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** One process of one machine. */
export interface ProcessIdentity {
  /** The boot of the machine and the namespace of process ids that `pid` belongs to. */
  readonly space: string;
  readonly pid: number;
  readonly start: string;
}

/** This process; undefined where it cannot be told apart from one of another machine or container. */
export function thisProcess(): ProcessIdentity | undefined {
  const [space, start] = [processSpace(), processStart(process.pid)];
  return space === undefined || start === undefined ? undefined : { space, pid: process.pid, start };
}

/**
 * True when the process has certainly ended. The name of a namespace is only used again when the old one, and with it every
 * process in it, is gone.
 */
export function isGone({ space, pid, start }: ProcessIdentity): boolean {
  return space === processSpace() && processStart(pid) !== start;
}

function processSpace(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}
