import { jsonLogger } from '@drasi-kusto/source-sdk';
import { adviceFor } from '../advice.ts';
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
  const { code, words } = failureOf(error);
  if (formatOf(options) === 'json') {
    const fields = { code, exitCode: exitCodeOf(error) };
    jsonLogger(stderr, { base: { service } }).error(words, fields);
  } else textLogger('error', stderr, env).error(code === undefined ? words : `${code}: ${words}`);
}

/** What is told of an error: its stable code, where it has one, and its words with what to do. */
export function failureOf(error: unknown): { readonly code: string | undefined; readonly words: string } {
  const words = describeError(error);
  const advice = adviceFor(error);
  return { code: codeOf(error), words: advice === undefined ? words : `${words}. ${advice}` };
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
