import type { ChangePublisher } from '@drasi-kusto/source-sdk';
import type { DrasiEngine } from './drasi-engine.ts';
import type { DecodedChange } from './events.ts';
import { asObject, parseExact } from './exact-json.ts';
import { orAborted } from './or-aborted.ts';

export interface EngineFeedOptions {
  /** Changes wait for it: a query's bootstrap comes first, as in Drasi. Rejected: nothing is acknowledged. */
  readonly open: Promise<unknown>;
  /** Asked at every change; undefined while there is no engine. */
  readonly engine: () => DrasiEngine | undefined;
  readonly onChange: (change: DecodedChange) => Promise<void>;
}

/** How many times a publish stops to let the engine's results appear behind the changes they belong to. */
const stopsPerPublish = 20;

/**
 * A publisher that shows changes and hands them to a Drasi engine in this machine. It acknowledges when every query of
 * the engine is through with them. An engine that died is left out: the change was delivered to all who listen.
 */
export class EngineFeed implements ChangePublisher {
  readonly maxBatchBytes = 900_000;
  readonly #options: EngineFeedOptions;

  constructor(options: EngineFeedOptions) {
    this.#options = options;
  }

  async publish(changes: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    await orAborted(this.#options.open, signal);
    const size = Math.max(1, Math.ceil(changes.length / stopsPerPublish));
    for (let start = 0; start < changes.length; start += size) {
      const group = changes.slice(start, start + size);
      for (const change of group) await this.#options.onChange(decodeChange(change));
      const engine = this.#options.engine();
      if (engine === undefined) continue;
      try {
        await engine.changes(group);
        await engine.mark();
      } catch (error) {
        if (this.#options.engine() !== undefined) throw error;
      }
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** @throws Error when it is not a change in Drasi's wire form */
export function decodeChange(wire: Uint8Array): DecodedChange {
  const change = asObject(parseExact(Buffer.from(wire).toString('utf8')));
  const payload = asObject(change?.['payload']);
  const element = asObject(payload?.['after']) ?? asObject(payload?.['before']);
  const op = change?.['op'];
  const id = element?.['id'];
  const labels = element?.['labels'];
  if (typeof op !== 'string' || typeof id !== 'string' || !Array.isArray(labels))
    throw new Error('a published change has no op, id or labels');
  return { op, id, labels: labels.map(String), properties: asObject(element?.['properties']) ?? {}, wire };
}
