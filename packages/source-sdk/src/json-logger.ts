import type { Writable } from 'node:stream';
import type { Clock, Logger } from './contracts.ts';
import { systemClock } from './clock.ts';
import { messageOf } from './errors.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly (keyof Logger)[];
export type LogLevel = (typeof LEVELS)[number];

export interface JsonLoggerOptions {
  /** Lines below it are left out. Default info. */
  readonly level?: LogLevel;
  /** Fields of every line. */
  readonly base?: { readonly [name: string]: unknown };
  readonly clock?: Clock;
}

/**
 * A logger for services whose logs a machine collects: one JSON object a line, `{"time","level","message",…}`. An error among the
 * fields is its message, a `bigint` its digits, and a Secret shows nothing.
 */
export function jsonLogger(stream: Writable, options: JsonLoggerOptions = {}): Logger {
  const { level: least = 'info', base = {}, clock = systemClock } = options;
  const at =
    (level: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      const time = new Date(clock.now()).toISOString();
      stream.write(`${JSON.stringify({ ...base, ...fields, time, level, message }, plain)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? messageOf(value) : value;
}
