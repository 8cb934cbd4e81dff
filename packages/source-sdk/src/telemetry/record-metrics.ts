import type { Attributes, Meter } from '@opentelemetry/api';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type {
  BootstrapEndEvent,
  BootstrapProgressEvent,
  BootstrapStartEvent,
  CheckpointEvent,
  DiagnosticEvents,
  PublishEvent,
} from '../diagnostics.ts';

/** Bootstraps take from milliseconds to hours. Seconds. */
const bootstrapBuckets = [0.1, 1, 10, 60, 300, 1800, 7200];
const publishBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10];

/**
 * Turns the library's diagnostics into OpenTelemetry metrics, for any exporter. All have the attribute `source`.
 *
 * | name | kind | |
 * |---|---|---|
 * | drasi_source_bootstraps_active | gauge | bootstraps being answered |
 * | drasi_source_bootstrap_elements | counter | elements sent |
 * | drasi_source_bootstrap_bytes | counter | bytes sent |
 * | drasi_source_bootstrap_expected_elements | gauge | of the active bootstraps, about |
 * | drasi_source_bootstrap_parts, drasi_source_bootstrap_parts_done | gauge | of the active bootstraps |
 * | drasi_source_bootstrap_duration_seconds | histogram | by `outcome`: complete, failed, left |
 * | drasi_source_changes_published | counter | changes acknowledged |
 * | drasi_source_publish_bytes | counter | bytes acknowledged |
 * | drasi_source_publish_duration_seconds | histogram | by `outcome`: acknowledged, failed |
 * | drasi_source_checkpoint_duration_seconds | histogram | of every checkpoint stored |
 *
 * @returns a function that stops the recording
 */
export function recordMetrics(meter: Meter): () => void {
  const bootstraps = new ActiveBootstraps(meter);
  const durations = meter.createHistogram('drasi_source_bootstrap_duration_seconds', {
    unit: 's',
    description: 'How long bootstraps took.',
    advice: { explicitBucketBoundaries: bootstrapBuckets },
  });
  const changes = meter.createCounter('drasi_source_changes_published', {
    description: 'Changes that were acknowledged.',
  });
  const bytes = meter.createCounter('drasi_source_publish_bytes', {
    unit: 'By',
    description: 'Bytes of changes that were acknowledged.',
  });
  const publishes = meter.createHistogram('drasi_source_publish_duration_seconds', {
    unit: 's',
    description: 'How long a publish took.',
    advice: { explicitBucketBoundaries: publishBuckets },
  });
  const checkpoints = meter.createHistogram('drasi_source_checkpoint_duration_seconds', {
    unit: 's',
    description: 'How long storing a checkpoint took.',
    advice: { explicitBucketBoundaries: publishBuckets },
  });
  const listeners: Listeners = {
    'drasi-source:bootstrap:start': (event) => bootstraps.start(event),
    'drasi-source:bootstrap:progress': (event) => bootstraps.progress(event),
    'drasi-source:bootstrap:end': (event) => {
      bootstraps.end(event);
      durations.record(event.durationMs / 1000, { source: event.sourceId, outcome: event.outcome });
    },
    'drasi-source:publish': (event: PublishEvent) => {
      const source = event.sourceId;
      const outcome = event.error === undefined ? 'acknowledged' : 'failed';
      publishes.record(event.durationMs / 1000, { source, outcome });
      if (event.error !== undefined) return;
      changes.add(event.changes, { source });
      bytes.add(event.bytes, { source });
    },
    'drasi-source:checkpoint': ({ sourceId, durationMs }: CheckpointEvent) =>
      checkpoints.record(durationMs / 1000, { source: sourceId }),
  };
  const subscribed = Object.entries(listeners) as [string, (event: unknown) => void][];
  for (const [name, listener] of subscribed) subscribe(name, listener);
  return () => {
    for (const [name, listener] of subscribed) unsubscribe(name, listener);
    bootstraps.stop();
  };
}

type Listeners = { readonly [Name in keyof DiagnosticEvents]: (event: DiagnosticEvents[Name]) => void };

/** What is known of the bootstraps that are under way. */
class ActiveBootstraps {
  readonly #active = new Map<string, BootstrapProgressEvent>();
  readonly #sources = new Set<string>();
  readonly #elements;
  readonly #bytes;
  readonly #remove: (() => void)[] = [];

  constructor(meter: Meter) {
    this.#elements = meter.createCounter('drasi_source_bootstrap_elements', {
      description: 'Elements that bootstraps sent.',
    });
    this.#bytes = meter.createCounter('drasi_source_bootstrap_bytes', {
      unit: 'By',
      description: 'Bytes that bootstraps sent.',
    });
    const gauge = (
      name: string,
      description: string,
      value: (event: BootstrapProgressEvent) => number,
    ): void => {
      const observable = meter.createObservableGauge(name, { description });
      const observe = (result: { observe(value: number, attributes: Attributes): void }): void => {
        for (const source of this.#sources) result.observe(this.#sum(source, value), { source });
      };
      observable.addCallback(observe);
      this.#remove.push(() => observable.removeCallback(observe));
    };
    gauge('drasi_source_bootstraps_active', 'Bootstraps being answered.', () => 1);
    gauge(
      'drasi_source_bootstrap_expected_elements',
      'How many elements the active bootstraps will have, about.',
      (event) => event.expectedElements ?? 0,
    );
    gauge(
      'drasi_source_bootstrap_parts',
      'Parts that the active bootstraps read.',
      (event) => event.parts ?? 0,
    );
    gauge(
      'drasi_source_bootstrap_parts_done',
      'Parts that the active bootstraps are through with.',
      (event) => event.partsDone ?? 0,
    );
  }

  start(event: BootstrapStartEvent): void {
    this.#sources.add(event.sourceId);
    this.#active.set(event.requestId, { ...event, elements: 0, bytes: 0, durationMs: 0 });
  }

  progress(event: BootstrapProgressEvent): void {
    this.#count(event);
    this.#active.set(event.requestId, event);
  }

  end(event: BootstrapEndEvent): void {
    this.#count(event);
    this.#active.delete(event.requestId);
  }

  stop(): void {
    for (const remove of this.#remove) remove();
  }

  /** Counters move while a bootstrap goes on, not only at its end. */
  #count({ requestId, sourceId, elements, bytes }: BootstrapProgressEvent | BootstrapEndEvent): void {
    const before = this.#active.get(requestId);
    this.#elements.add(elements - (before?.elements ?? 0), { source: sourceId });
    this.#bytes.add(bytes - (before?.bytes ?? 0), { source: sourceId });
  }

  #sum(source: string, value: (event: BootstrapProgressEvent) => number): number {
    let sum = 0;
    for (const event of this.#active.values()) if (event.sourceId === source) sum += value(event);
    return sum;
  }
}
