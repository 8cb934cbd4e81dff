import { jsonLogger } from '@drasi-kusto/source-sdk';
import { describeError } from '../describe-error.ts';
import { logFormatOf, textLogger, type LogFormat, type LogOptions } from '../services/loggers.ts';
import { exitCodeOf } from './exit-code.ts';

export interface TellOptions extends Pick<LogOptions, 'stderr' | 'env'> {
  /** Who failed, for JSON. */
  readonly service?: string;
  /** Where LOG_FORMAT says nothing. Default text. */
  readonly format?: LogFormat;
}

/**
 * Says on stderr why a command or a service ended: `error: CODE: what is wrong, where, and what to do`, or one line of the log
 * where that is JSON. Whoever throws a fatal error leaves it to this alone to tell it.
 */
export function tellFailure(error: unknown, options: TellOptions): void {
  const { stderr, env, service = 'drasi-kusto' } = options;
  const words = describeError(error);
  const code = codeOf(error);
  if (formatOf(options) === 'json') {
    const fields = { code, exitCode: exitCodeOf(error) };
    jsonLogger(stderr, { base: { service } }).error(words, fields);
  } else textLogger('error', stderr, env).error(code === undefined ? words : `${code}: ${words}`);
}

function formatOf({ env, format = 'text' }: TellOptions): LogFormat {
  try {
    return logFormatOf(env) ?? format;
  } catch {
    // A LOG_FORMAT that there is not: that is what has to be told.
    return format;
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
