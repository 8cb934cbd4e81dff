import { styleText } from 'node:util';
import { jsonLogger, type Logger } from '@drasi-kusto/source-sdk';
import { logLevels, type LogLevel } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import { hasColour, type TerminalStream } from '../terminal.ts';
import { grouped, oneLine, wrap } from '../text.ts';

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
/** What can be counted, told behind the message. */
const figures: ReadonlySet<string> = new Set(['rows', 'elements', 'slices', 'published', 'deleted']);
const longest = 2000;

/** Lines for a person: entity or labels, the message, what was counted, and why; all fields at the level debug. */
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
      // Texts of a service end up here: they must not move the cursor of a terminal or fill it.
      const text = oneLine(sentenceOf(message, fields, level === 'debug')).replaceAll(/\s+/g, ' ');
      const line = fitted(`${own === 'info' ? '' : `${own}: `}${text.slice(0, longest)}`, stream);
      stream.write(`${hasColour(stream, env) ? coloured(line, own) : line}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** `Site: reading what is there (1,200 rows, 1 slice): the reason`, and with `all` the other fields behind it. */
function sentenceOf(message: string, fields: Record<string, unknown>, all: boolean): string {
  const place: string[] = [];
  const counts: string[] = [];
  const why: string[] = [];
  const rest: string[] = [];
  for (const [name, value] of Object.entries(fields))
    if (value === undefined) continue;
    else if (name === 'entity') place.push(`${textOf(value)}: `);
    else if (name === 'labels' && Array.isArray(value)) place.push(`${value.join(', ')}: `);
    else if (figures.has(name) && typeof value === 'number') counts.push(count(value, name));
    else if (whys.has(name)) why.push(`: ${textOf(value)}`);
    else if (all) rest.push(` ${name}=${textOf(value)}`);
  const counted = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
  return [...place, message, counted, ...why, ...rest].join('');
}

const count = (value: number, name: string): string =>
  `${grouped(value)} ${value === 1 ? name.replace(/s$/, '') : name}`;

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
