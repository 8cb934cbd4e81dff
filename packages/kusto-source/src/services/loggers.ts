import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import pino from 'pino';
import type { Logger } from '@drasi-kusto/source-sdk';
import { logLevels, type LogLevel } from '../config/entity-config.ts';

/** One JSON object a line on stderr, for services whose logs a machine collects. */
export function jsonLogger(level: LogLevel, service: string): Logger {
  const log = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
  };
}

/** Short lines for a person at a terminal. */
export function humanLogger(level: LogLevel, stream: Writable): Logger {
  const at = (own: LogLevel) => (message: string, fields?: Record<string, unknown>) => {
    if (logLevels.indexOf(own) < logLevels.indexOf(level)) return;
    const details = Object.entries(fields ?? {})
      .filter(([, value]) => value !== undefined)
      .map(
        ([name, value]) =>
          ` ${name}=${(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 200)}`,
      )
      .join('');
    // Texts of a service end up here: they must not move the cursor of a terminal or fill it.
    const line = stripVTControlCharacters(
      `${own === 'info' ? '' : `${own}: `}${message}${details}`,
    ).replaceAll(/\s+/g, ' ');
    stream.write(`${line.slice(0, 1000)}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
