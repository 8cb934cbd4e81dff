import { KustoError, type KustoColumn, type Logger, type Rows } from '@drasi-kusto/kusto-client';
import { adviceForDenied } from '../advice.ts';
import type { EntityConfig } from '../config/entity-config.ts';
import { describeError } from '../describe-error.ts';
import type { DetectionChoice } from '../query/detection.ts';
import type { Position } from '../query/cursors.ts';
import type { SourceReader } from '../query/source-reader.ts';
import type { CheckedQueries } from './check-queries.ts';

export type CheckName =
  | 'configuration'
  | 'reachable'
  | 'identity'
  | 'database'
  | 'table'
  | 'query'
  | 'key'
  | 'ends'
  | 'cursors'
  | 'row security'
  | 'ingestion time'
  | 'undated rows'
  | 'window'
  | 'keys'
  | 'slices'
  | 'scan'
  | 'detection';

/** What one check found. */
export interface CheckResult {
  readonly check: CheckName;
  /** `warn`: the source works, and may not do what was meant. `fail`: it does not work. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** What is so, in a sentence. */
  readonly says: string;
  /** What it means and what to do, in a sentence; always there unless the status is ok. */
  readonly advice?: string;
  /** Of a failed check: the error behind it, if there is one, which decides the exit code. */
  readonly error?: unknown;
}

/** What the checks learned, as far as they came. */
export interface CheckFindings {
  /** Milliseconds until the first answer, signing in included. */
  answerMs?: number;
  identity?: string;
  /** Columns of the query, in order. */
  columns?: readonly KustoColumn[];
  position?: Position;
  /** Rows a bootstrap would read. */
  rows?: number;
  /** Rows of the most repeated key; absent where the keys are too many to be grouped. */
  mostOfOneKey?: number;
  /** Rows without an ingestion time. */
  undatedRows?: number;
  /** Mean bytes of a row, an estimate. */
  rowBytes?: number;
  slices?: number;
  /** Of the key index, and so of a scan's digests; absent where there are no scans. */
  buckets?: number;
  detection?: DetectionChoice;
  queries?: CheckedQueries;
}

export interface CheckOptions {
  readonly config: EntityConfig;
  readonly reader: SourceReader;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Gets each result as soon as it is known. */
  readonly tell: (result: CheckResult) => void;
}

/** Thrown behind a failed check that leaves nothing to be asked. */
export class EndOfChecks extends Error {
  override readonly name = 'EndOfChecks';
}

/** One pass through the checks: asks the service and tells results. */
export class CheckRun {
  readonly config: EntityConfig;
  readonly reader: SourceReader;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly findings: CheckFindings = {};
  readonly #tell: (result: CheckResult) => void;

  constructor({ config, reader, logger, signal, now, tell }: CheckOptions) {
    this.config = config;
    this.reader = reader;
    this.logger = logger;
    this.signal = signal;
    this.now = now;
    this.#tell = tell;
  }

  ok(check: CheckName, says: string): void {
    this.#tell({ check, status: 'ok', says: sentence(says) });
  }

  warn(check: CheckName, says: string, advice: string): void {
    this.#tell({ check, status: 'warn', says: sentence(says), advice });
  }

  fail(check: CheckName, says: string, advice: string, error?: unknown): void {
    const cause = error === undefined ? {} : { error };
    this.#tell({ check, status: 'fail', says: sentence(says), advice, ...cause });
  }

  /** A failure behind which no other check makes sense. @throws EndOfChecks */
  end(check: CheckName, says: string, advice: string, error?: unknown): never {
    this.fail(check, says, advice, error);
    throw new EndOfChecks(check);
  }

  async ask(text: string): Promise<Rows> {
    return await this.reader.ask(text, this.signal);
  }

  /**
   * What an error says; for those that no check may take as an answer, it ends.
   * @throws what a stopped program throws; EndOfChecks for a service that is gone or denies
   */
  wordsOf(check: CheckName, error: unknown): string {
    this.signal.throwIfAborted();
    const words = describeError(error);
    if (error instanceof KustoError && error.retryClass === 'denied')
      this.end(check, `The service denies it: ${words}.`, adviceForDenied, error);
    if (error instanceof KustoError && error.retryClass === 'unreachable')
      this.end(check, `The service can no longer be reached: ${words}.`, 'Try again later.', error);
    return words;
  }

  /** An answer, or undefined where the service or the identity's rights do not give one. */
  async askIfAllowed(text: string): Promise<Rows | undefined> {
    try {
      return await this.ask(text);
    } catch (error) {
      this.signal.throwIfAborted();
      this.logger.debug('a question was not answered', { question: text, reason: describeError(error) });
      return undefined;
    }
  }
}

/** One stop at the end, also behind words of others that brought theirs. */
export function sentence(text: string): string {
  return text.replace(/([.?!])\.$/, '$1');
}

/** The cell of a small answer's first row, as text; undefined where there is none, or it is empty. */
export function textCell(answer: Rows | undefined, column: string): string | undefined {
  if (answer === undefined) return undefined;
  const value = answer.rows[0]?.[answer.columns.findIndex(({ name }) => name === column)];
  if (value === null || value === undefined) return undefined;
  const text = typeof value === 'object' ? value.json : String(value);
  return text === '' ? undefined : text;
}

/** A column of a small answer, as texts. */
export function textColumn(answer: Rows | undefined, column: string): readonly string[] {
  const ordinal = answer?.columns.findIndex(({ name }) => name === column) ?? -1;
  return (answer?.rows ?? []).map((row) => row[ordinal]).filter((cell) => typeof cell === 'string');
}
