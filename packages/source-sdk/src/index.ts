export { Float } from './elements.ts';
export type {
  ChangeOp,
  ElementTable,
  EncodedChange,
  EncodedElements,
  JsonValue,
  Properties,
  PropertyValue,
  SourceChange,
  SourceElement,
  SourceNode,
  SourceRelation,
} from './elements.ts';
export type {
  AbandonedSession,
  Bootstrap,
  BootstrapContext,
  BootstrapProgress,
  BootstrapRequest,
  BootstrapSessions,
  ChangeBatch,
  ChangePublisher,
  Clock,
  Logger,
  Monitor,
  MonitorContext,
  Random,
  StateStore,
  StoredValue,
} from './contracts.ts';
export { MAX_HAND_OVER_BYTES } from './contracts.ts';
export { Backoff } from './backoff.ts';
export type { RetryOptions } from './backoff.ts';
export { systemClock } from './clock.ts';
export { silentLogger } from './silent-logger.ts';
export { ErrorCode, FatalSourceError, SourceError, StateConflictError, isFatal } from './errors.ts';
export { checkSourceId, readEnvironment } from './environment.ts';
export type { SourceEnvironment } from './environment.ts';
export { DIAGNOSTIC_CHANNELS } from './diagnostics.ts';
export type {
  BootstrapEndEvent,
  BootstrapProgressEvent,
  BootstrapStartEvent,
  CheckpointEvent,
  DiagnosticEvents,
  PublishEvent,
} from './diagnostics.ts';
export { encodeElement, encodeLine } from './wire/encode-element.ts';
export { encodeChange } from './wire/encode-change.ts';
export type { ChangeEnvelope } from './wire/encode-change.ts';
export { floatText, stringText } from './wire/json-text.ts';
export { SourceProxy } from './proxy/source-proxy.ts';
export type { OwnedLabels, SourceProxyOptions } from './proxy/source-proxy-options.ts';
export type { ServerAddress } from './http/server.ts';
export { createSource } from './source/create-source.ts';
export type {
  DefineSource,
  RunSourceOptions,
  Source,
  SourceDefinition,
  SourceService,
} from './source/source-definition.ts';
export { pushMonitor } from './push-monitor.ts';
export type { ChangeQueue, PushMonitorOptions } from './push-monitor.ts';
export { readSettings, setting } from './settings/settings.ts';
export type { Setting, SettingValues } from './settings/settings.ts';
export { readIdentity } from './settings/identity.ts';
export type { Identity } from './settings/identity.ts';
export { Secret } from './settings/secret.ts';
export { jsonLogger } from './json-logger.ts';
export type { JsonLoggerOptions, LogLevel } from './json-logger.ts';
export { waitForSidecar } from './dapr/wait-for-sidecar.ts';
export type { WaitForSidecarOptions } from './dapr/wait-for-sidecar.ts';
export { TypedState } from './state/typed-state.ts';
export type { TypedStateOptions, TypedValue } from './state/typed-state.ts';
export { Reactivator } from './reactivator/reactivator.ts';
export type { ReactivatorOptions, ReactivatorStatus } from './reactivator/reactivator-options.ts';
export { STATE_KEY } from './reactivator/state-record.ts';
export type { StateRecord, StoredSession } from './reactivator/state-record.ts';
export { writeTerminationLog } from './reactivator/termination-log.ts';
export { SessionBook } from './sessions/session-book.ts';
export { InProcessSessions } from './sessions/in-process-sessions.ts';
export type { InProcessSessionsOptions } from './sessions/in-process-sessions.ts';
export { DaprSessions } from './sessions/dapr-sessions.ts';
export type { DaprSessionsOptions } from './sessions/dapr-sessions.ts';
export type { DaprOptions } from './dapr/sidecar.ts';
export { DaprPublisher } from './publishers/dapr-publisher.ts';
export type { DaprPublisherOptions } from './publishers/dapr-publisher.ts';
export { MemoryPublisher } from './publishers/memory-publisher.ts';
export { NdjsonPublisher } from './publishers/ndjson-publisher.ts';
export { DrasiServerPublisher } from './publishers/drasi-server-publisher.ts';
export type { DrasiServerPublisherOptions } from './publishers/drasi-server-publisher.ts';
export { openPublisher, parsePublishTarget } from './publishers/publish-target.ts';
export type { OpenPublisherOptions, PublishTarget } from './publishers/publish-target.ts';
export { DaprStateStore } from './state/dapr-state-store.ts';
export type { DaprStateStoreOptions } from './state/dapr-state-store.ts';
export { FileStateStore } from './state/file-state-store.ts';
export { MemoryStateStore } from './state/memory-state-store.ts';
export { TRACED_OPERATIONS, traceContext, traceHeaders } from './tracing.ts';
export type { TraceContext, TracedOperations } from './tracing.ts';
export { recordMetrics } from './telemetry/record-metrics.ts';
export { startOtlp } from './telemetry/otlp.ts';
export type { OtlpOptions } from './telemetry/otlp.ts';
export { startPrometheus } from './telemetry/prometheus.ts';
export type { PrometheusEndpoint, PrometheusOptions } from './telemetry/prometheus.ts';
