import assert from 'node:assert/strict';
import { MemoryPublisher, MemoryStateStore, systemClock, type Clock } from '@drasi-kusto/source-sdk';
import { parseConfig } from '../../src/config/config.ts';
import { startSource, type RunningSource } from '../../src/services/start-source.ts';

/** The columns of docs/changes.md: what is said of change detection. An hour never passes unless the clock is turned. */
export const modes = {
  append: { CHANGE_DETECTION: 'append' },
  latest: { CHANGE_DETECTION: 'latest' },
  'append + scans': { CHANGE_DETECTION: 'append', RECONCILE_INTERVAL: '3600' },
  'latest + scans': { CHANGE_DETECTION: 'latest', RECONCILE_INTERVAL: '3600' },
  reconcile: { CHANGE_DETECTION: 'reconcile', RECONCILE_INTERVAL: '3600' },
} as const;
export type Mode = keyof typeof modes;
export const modeNames = Object.keys(modes) as readonly Mode[];

/** A clock that can be turned forward, so that scans are due. Sleeps end when it says so. */
export class TurnedClock implements Clock {
  #ahead = 0;

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const end = this.now() + ms;
    for (let left = ms; left > 0; left = end - this.now())
      await systemClock.sleep(Math.min(left, 20), signal);
    signal?.throwIfAborted();
  }

  turn(ms: number): void {
    this.#ahead += ms;
  }
}

/** What a scan said of itself when it ended. */
export interface EndedScan {
  readonly read: number;
  readonly published: number;
  readonly deleted: number;
}

interface PublishedChange {
  readonly op: 'u' | 'd';
  readonly payload: { readonly before?: { readonly id: string }; readonly after?: { readonly id: string } };
}

/** A source of one table in one mode, in this process. */
export class ModeFeed implements AsyncDisposable {
  readonly mode: Mode;
  readonly scans: EndedScan[] = [];
  /** The code of the error that ended it. */
  failed: string | undefined;
  readonly #publisher = new MemoryPublisher();
  #source: RunningSource | undefined;

  constructor(mode: Mode) {
    this.mode = mode;
  }

  /** @throws KustoSourceError QUERY or CONFIGURATION where the mode does not take what is configured */
  async start(properties: Readonly<Record<string, string>>, clock: Clock): Promise<void> {
    const values = { PRIMARY_KEY: 'k', POLL_INTERVAL: '0.1', ...properties, ...modes[this.mode] };
    const logger = {
      debug: (message: string, fields?: Record<string, unknown>): void => {
        if (message === 'a scan ended') this.scans.push(fields as unknown as EndedScan);
      },
      info() {},
      warn() {},
      error() {},
    };
    this.#source = await startSource(parseConfig('storms', values), {
      publisher: this.#publisher,
      state: new MemoryStateStore(),
      logger,
      env: {},
      from: 'beginning',
      clock,
    });
    this.#source.done.catch((error: unknown) => {
      this.failed = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    });
    await this.#source.ready;
  }

  /** `u 5` and `d 1`: everything published so far, in order. */
  get published(): readonly string[] {
    return this.#publisher.changes.map((text) => {
      const { op, payload } = JSON.parse(text) as PublishedChange;
      const id = payload.after?.id ?? payload.before?.id ?? '';
      return `${op} ${id.slice(id.indexOf(':') + 1)}`;
    });
  }

  has(...keys: readonly number[]): boolean {
    const published = new Set(this.published);
    return keys.every((key) => published.has(`u ${key}`));
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!condition()) {
      const found = `${this.mode}: ${what} did not come: ${this.published.join(', ')} ${this.failed ?? ''}`;
      assert.ok(Date.now() < deadline, found);
      await systemClock.sleep(15);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source?.stop();
  }
}
