import { ErrorCode, FatalSourceError } from './errors.ts';

/** What the control plane and the provider give to a service of a source. */
export interface SourceEnvironment {
  /** SOURCE_ID, the name of the Source resource. Required. */
  readonly sourceId: string;
  /** PUBSUB. Default drasi-pubsub. */
  readonly pubsub: string;
  /** STATE_STORE_NAME. Default drasi-state. */
  readonly stateStoreName: string;
  /** DAPR_HTTP_PORT. Default 3500. */
  readonly daprHttpPort: number;
  /** APP_PORT, where this service listens. Default 80; 0 takes a free one. */
  readonly appPort: number;
  /** LISTEN_HOST. Default 127.0.0.1; images set 0.0.0.0. */
  readonly listenHost: string;
  /** ADMIN_PORT, where metrics are served. Not set: nowhere; images set 9464. */
  readonly adminPort: number | undefined;
}

const refuse = (message: string): never => {
  throw new FatalSourceError(ErrorCode.BadConfiguration, message);
};

function port(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: number,
  least = 0,
): number {
  const text = env[name]?.trim();
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535 || value < least)
    refuse(`${name} is "${text}": it must be a port, ${least} to 65535`);
  return value;
}

function text(env: Readonly<Record<string, string | undefined>>, name: string, fallback: string): string {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? fallback : value;
}

/**
 * The id of a source, checked.
 * @throws FatalSourceError BAD_CONFIGURATION
 */
export function checkSourceId(sourceId: string): string {
  if (sourceId === '') refuse('SOURCE_ID is missing: it is the name of the Source');
  // Events of a db "Drasi", in any case of letters, are the platform's own control events: the changes would vanish.
  if (sourceId.toLowerCase() === 'drasi')
    refuse(`SOURCE_ID is "${sourceId}", a name Drasi keeps for itself: rename the Source`);
  return sourceId;
}

/**
 * Reads the environment.
 * @throws FatalSourceError BAD_CONFIGURATION, naming the variable
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): SourceEnvironment {
  return {
    sourceId: checkSourceId(text(env, 'SOURCE_ID', '')),
    pubsub: text(env, 'PUBSUB', 'drasi-pubsub'),
    stateStoreName: text(env, 'STATE_STORE_NAME', 'drasi-state'),
    daprHttpPort: port(env, 'DAPR_HTTP_PORT', 3500),
    appPort: port(env, 'APP_PORT', 80),
    listenHost: text(env, 'LISTEN_HOST', '127.0.0.1'),
    // The exporter would take 0 for "not given", and listen on its default port.
    adminPort: text(env, 'ADMIN_PORT', '') === '' ? undefined : port(env, 'ADMIN_PORT', 0, 1),
  };
}
