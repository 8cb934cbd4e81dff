import { styleText } from 'node:util';
import { jsonLogger, type Logger } from '@drasi-kusto/source-sdk';
import { logLevels, type LogLevel } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import { hasColour, type TerminalStream } from '../terminal.ts';
import { oneLine, wrap } from '../text.ts';

export type LogFormat = 'text' | 'json';

export interface LogOptions {
  readonly level: LogLevel;
  readonly stderr: TerminalStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who logs: a field of every JSON line. */
  readonly service: string;
  /** Where LOG_FORMAT says nothing. Default text, which a person reads. */
  readonly format?: LogFormat;
}

/**
 * The log of a command or a service, on stderr: text, or one JSON object a line.
 * @throws KustoSourceError CONFIGURATION for a LOG_FORMAT that there is not
 */
export function openLogger({ level, stderr, env, service, format = 'text' }: LogOptions): Logger {
  return (logFormatOf(env) ?? format) === 'json'
    ? jsonLogger(stderr, { level, base: { service } })
    : textLogger(level, stderr, env);
}

/** What LOG_FORMAT says. @throws KustoSourceError CONFIGURATION */
export function logFormatOf(env: LogOptions['env']): LogFormat | undefined {
  const value = env['LOG_FORMAT'] ?? '';
  if (value === '' || value === 'text' || value === 'json') return value === '' ? undefined : value;
  throw new KustoSourceError('CONFIGURATION', `LOG_FORMAT is "${value}": it must be text or json`);
}

/** What a person is to know beside the message. The other fields are for programs, and for whoever looks for a fault. */
const whys: ReadonlySet<string> = new Set(['reason', 'error', 'problem', 'answer']);
const longest = 2000;

/** Lines for a person: the entity, the message and why; all fields at the level debug. */
export function textLogger(
  level: LogLevel,
  stream: TerminalStream,
  env: Readonly<Record<string, string | undefined>> = {},
): Logger {
  const least = logLevels.indexOf(level);
  const at =
    (own: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      if (logLevels.indexOf(own) < least) return;
      const { entity, ...others } = fields;
      const known = Object.entries(others).filter(([, value]) => value !== undefined);
      const why = known.flatMap(([name, value]) => (whys.has(name) ? [`: ${textOf(value)}`] : []));
      const rest = known.map(([name, value]) => (whys.has(name) ? '' : ` ${name}=${textOf(value)}`));
      const details = level === 'debug' ? rest.join('') : '';
      const place = entity === undefined ? '' : `${textOf(entity)}: `;
      // Texts of a service end up here: they must not move the cursor of a terminal or fill it.
      const text = oneLine(`${place}${message}${why.join('')}${details}`).replaceAll(/\s+/g, ' ');
      const line = fitted(`${own === 'info' ? '' : `${own}: `}${text.slice(0, longest)}`, stream);
      stream.write(`${hasColour(stream, env) ? coloured(line, own) : line}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** On a terminal a line breaks between words, and goes on under itself. */
function fitted(text: string, { isTTY, columns }: TerminalStream): string {
  return isTTY === true ? wrap(text, Math.max(40, columns || 80), 2).join('\n') : text;
}

function coloured(line: string, level: LogLevel): string {
  const colour = level === 'warn' ? 'yellow' : 'red';
  return level === 'warn' || level === 'error'
    ? line.replace(`${level}:`, (mark) => styleText(colour, mark, { validateStream: false }))
    : line;
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, longest);
}
