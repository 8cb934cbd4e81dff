import type { Writable } from 'node:stream';
import type { ChangePublisher } from '../contracts.ts';
import { ErrorCode, FatalSourceError, messageOf } from '../errors.ts';
import type * as Redis from '../redis.ts';
import { DaprPublisher } from './dapr-publisher.ts';
import { DrasiServerPublisher } from './drasi-server-publisher.ts';
import { NdjsonPublisher } from './ndjson-publisher.ts';

/** Where changes go, read from a text such as a command line's `--to`. */
export type PublishTarget =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'dapr' }
  /** `sourceId` is the id of the server's `http` source when the URL names one. */
  | { readonly kind: 'drasi-server'; readonly url: URL; readonly sourceId: string | undefined }
  | { readonly kind: 'redis'; readonly url: URL };

const FORMS =
  'stdout, dapr, http://host:port (Drasi Server, its http source), or redis://host:port (Redis, for its platform source)';

/**
 * Reads a target. An `http` or `https` URL is Drasi Server's, `http://host:port` or `http://host:port/sources/{id}`; `redis` and
 * `rediss` URLs are `redis://[[user]:password@]host[:port][/database]`.
 * @throws FatalSourceError BAD_CONFIGURATION, saying what it may be; a password is not repeated
 */
export function parsePublishTarget(text: string): PublishTarget {
  if (text === 'stdout' || text === 'dapr') return { kind: text };
  const url = URL.parse(text);
  switch (url?.protocol) {
    case 'http:':
    case 'https:': {
      const path = /^\/(?:sources\/([^/]+)\/?)?$/.exec(url.pathname);
      if (path === null || url.search !== '' || url.hash !== '')
        throw refusal(
          `${withoutSecrets(url)} has a path Drasi Server does not have: write http://host:port/sources/{id}`,
        );
      if (url.username !== '' || url.password !== '')
        throw refusal(`${withoutSecrets(url)} has a user or a password, which Drasi Server does not know`);
      return { kind: 'drasi-server', url, sourceId: path[1] && decoded(path[1], url) };
    }
    case 'redis:':
    case 'rediss:':
      if (url.hostname === '' || !/^\/?\d*$/.test(url.pathname))
        throw refusal(
          `${withoutSecrets(url)} is not redis://host:port or redis://host:port/{database number}`,
        );
      return { kind: 'redis', url };
    default:
      throw refusal(url === null ? `"${text}" is not a URL` : `there is nothing for ${url.protocol}`);
  }
}

function decoded(sourceId: string, url: URL): string {
  try {
    return decodeURIComponent(sourceId);
  } catch {
    throw refusal(`the source's id in ${withoutSecrets(url)} is not percent-encoded UTF-8`);
  }
}

const refusal = (what: string): FatalSourceError =>
  new FatalSourceError(ErrorCode.BadConfiguration, `changes cannot go there: ${what}. It may be ${FORMS}`);

function withoutSecrets(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

export interface OpenPublisherOptions {
  readonly sourceId: string;
  /** For `stdout`. */
  readonly stdout: Writable;
  /** For `dapr`. */
  readonly pubsub?: string;
  readonly daprHttpPort?: number;
}

/**
 * The publisher for a target. Nothing is connected yet. `@redis/client` is loaded only for `redis`.
 * @throws FatalSourceError BAD_CONFIGURATION when that package is not installed
 */
export async function openPublisher(
  target: PublishTarget,
  options: OpenPublisherOptions,
): Promise<ChangePublisher> {
  const { sourceId, stdout, ...dapr } = options;
  switch (target.kind) {
    case 'dapr':
      return new DaprPublisher({ sourceId, ...dapr });
    case 'drasi-server':
      return new DrasiServerPublisher({ url: target.url, sourceId: target.sourceId ?? sourceId });
    case 'redis': {
      const { RedisStreamPublisher } = await loadRedis();
      return new RedisStreamPublisher({ url: target.url, sourceId });
    }
    case 'stdout':
    default:
      return new NdjsonPublisher(stdout);
  }
}

async function loadRedis(): Promise<typeof Redis> {
  try {
    return await import('../redis.ts');
  } catch (error) {
    throw new FatalSourceError(
      ErrorCode.BadConfiguration,
      `publishing to Redis needs the package @redis/client (npm install @redis/client): ${messageOf(error)}`,
      { cause: error },
    );
  }
}
