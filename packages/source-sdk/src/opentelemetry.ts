/** The entry `@drasi-kusto/source-sdk/opentelemetry`, for a program with an OpenTelemetry of its own. It loads `@opentelemetry/api`. */
export { recordMetrics } from './telemetry/record-metrics.ts';
export { recordTraces } from './telemetry/record-traces.ts';
