import { ErrorCode, FatalSourceError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;
export type OtlpProtocol = 'grpc' | 'http/protobuf';

/** One signal's exporter. */
export interface OtlpExport {
  readonly protocol: OtlpProtocol;
  /** Where to; undefined: the exporter reads it from the standard variables itself. */
  readonly url: string | undefined;
}

export interface OtlpSettings {
  readonly traces: OtlpExport | undefined;
  readonly metrics: OtlpExport | undefined;
  readonly serviceName: string | undefined;
  /** OTEL_METRIC_EXPORT_INTERVAL, milliseconds. Default 60 000. */
  readonly metricIntervalMs: number;
  /** OTEL_BSP_SCHEDULE_DELAY, milliseconds. Default 5 000. */
  readonly traceDelayMs: number;
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

/**
 * What the environment says of telemetry: OpenTelemetry's own variables
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/), and the platform's OTEL_ENDPOINT, an OTLP
 * receiver that speaks gRPC (`http://otel-collector:4317`). A standard endpoint goes before it. Without an endpoint, with
 * OTEL_SDK_DISABLED, or with an exporter `none`, a signal is off.
 * @throws FatalSourceError BAD_CONFIGURATION naming the variable
 */
export function otlpSettings(env: Environment): OtlpSettings {
  const disabled = read(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  const argument = read(env, 'OTEL_TRACES_SAMPLER_ARG') ?? '1';
  const ratio = Number(argument);
  if (!(ratio >= 0 && ratio <= 1)) throw refusal('OTEL_TRACES_SAMPLER_ARG', argument, 'a number from 0 to 1');
  return {
    traces: disabled ? undefined : exportOf(env, 'TRACES'),
    metrics: disabled ? undefined : exportOf(env, 'METRICS'),
    serviceName: read(env, 'OTEL_SERVICE_NAME'),
    metricIntervalMs: milliseconds(env, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000),
    traceDelayMs: milliseconds(env, 'OTEL_BSP_SCHEDULE_DELAY', 5_000),
    sampler: { name: choice(env, 'OTEL_TRACES_SAMPLER', samplers, 'parentbased_always_on'), ratio },
  };
}

function exportOf(env: Environment, signal: 'TRACES' | 'METRICS'): OtlpExport | undefined {
  if (choice(env, `OTEL_${signal}_EXPORTER`, ['otlp', 'none'], 'otlp') === 'none') return undefined;
  const endpoints = [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const endpoint = endpoints.find((name) => read(env, name) !== undefined);
  const ofPlatform = read(env, 'OTEL_ENDPOINT');
  if (endpoint === undefined && ofPlatform === undefined) return undefined;
  const signalProtocol = `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`;
  const name = read(env, signalProtocol) === undefined ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : signalProtocol;
  const protocols = ['grpc', 'http/protobuf'] as const;
  if (endpoint !== undefined) {
    checkUrl(read(env, endpoint) ?? '', endpoint);
    return { protocol: choice(env, name, protocols, 'http/protobuf'), url: undefined };
  }
  const protocol = choice(env, name, protocols, 'grpc');
  const url = checkUrl(ofPlatform ?? '', 'OTEL_ENDPOINT');
  const path = protocol === 'grpc' ? '' : `/v1/${signal.toLowerCase()}`;
  return { protocol, url: `${url.replace(/\/$/, '')}${path}` };
}

function checkUrl(text: string, name: string): string {
  const protocol = URL.parse(text)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:')
    throw refusal(name, text, 'a URL such as http://otel-collector:4317');
  return text;
}

function milliseconds(env: Environment, name: string, fallback: number): number {
  const text = read(env, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 2 ** 31 - 1)
    throw refusal(name, text, 'a number of milliseconds above 0');
  return value;
}

function choice<T extends string>(env: Environment, name: string, allowed: readonly T[], fallback: T): T {
  const text = read(env, name);
  if (text === undefined) return fallback;
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw refusal(name, text, `one of ${allowed.join(', ')}`);
  return found;
}

/** An empty variable is one that is not set, as OpenTelemetry says. */
function read(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

function refusal(name: string, text: string, rule: string): FatalSourceError {
  return new FatalSourceError(ErrorCode.BadConfiguration, `${name} is "${text}": it must be ${rule}`);
}
