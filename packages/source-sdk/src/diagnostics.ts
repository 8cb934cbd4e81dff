/**
 * What happens inside, for whoever subscribes to the channels of `node:diagnostics_channel`. The library depends on no
 * telemetry; without a subscriber an event costs a comparison.
 */
import { channel } from 'node:diagnostics_channel';
import type { BootstrapProgress } from './contracts.ts';

export interface PublishEvent {
  readonly sourceId: string;
  /** How many changes, and how many bytes of them. */
  readonly changes: number;
  readonly bytes: number;
  readonly durationMs: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Present when the publish was not acknowledged. */
  readonly error?: unknown;
}

export interface CheckpointEvent {
  readonly sourceId: string;
  readonly revision: number;
  readonly durationMs: number;
}

export interface BootstrapStartEvent {
  readonly sourceId: string;
  readonly requestId: string;
  readonly labels: readonly string[];
}

export interface BootstrapProgressEvent extends BootstrapStartEvent, BootstrapProgress {
  readonly elements: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface BootstrapEndEvent extends BootstrapStartEvent {
  readonly elements: number;
  readonly bytes: number;
  readonly durationMs: number;
  /** `complete`: delivered whole. `failed`: the source broke or the service stopped. `left`: the reader went away. */
  readonly outcome: 'complete' | 'failed' | 'left';
  readonly error?: unknown;
}

/** The names of the channels and what their events are. */
export interface DiagnosticEvents {
  readonly 'drasi-source:publish': PublishEvent;
  readonly 'drasi-source:checkpoint': CheckpointEvent;
  readonly 'drasi-source:bootstrap:start': BootstrapStartEvent;
  readonly 'drasi-source:bootstrap:progress': BootstrapProgressEvent;
  readonly 'drasi-source:bootstrap:end': BootstrapEndEvent;
}

/** The names, for a loop over all of them. */
export const DIAGNOSTIC_CHANNELS = [
  'drasi-source:publish',
  'drasi-source:checkpoint',
  'drasi-source:bootstrap:start',
  'drasi-source:bootstrap:progress',
  'drasi-source:bootstrap:end',
] as const satisfies readonly (keyof DiagnosticEvents)[];

export function emit<Name extends keyof DiagnosticEvents>(name: Name, event: DiagnosticEvents[Name]): void {
  const target = channel(name);
  if (target.hasSubscribers) target.publish(event);
}
