import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { CloudInfo } from '../cloud.ts';
import { PUBLIC_CLOUD, readCloudInfo } from '../cloud.ts';
import type { TokenProvider } from '../credentials.ts';
import { KustoError } from '../errors.ts';
import { aborted } from '../retry.ts';
import { errorOfStatus } from '../service-errors.ts';
import { classOfTokenFailure } from '../token-failure.ts';
import { requireSafeTransport, requireTrustedHost } from '../trusted-hosts.ts';
import { decodeBody, readBounded } from './body.ts';
import { errorOfTransport } from './network-error.ts';

const MAX_ERROR_BODY = 64 * 1024;
const MAX_RETRY_AFTER_MS = 3_600_000;

export interface TransportOptions {
  readonly uri: string;
  readonly dispatcher: Dispatcher;
  readonly tokenProvider: TokenProvider | undefined;
  readonly trustedHosts: readonly string[];
  readonly applicationName: string;
  readonly userName: string | undefined;
  readonly now: () => number;
}

export interface PostRequest {
  readonly path: string;
  readonly body: string;
  readonly clientRequestId: string;
  /** Until the first byte of the answer. */
  readonly headersTimeoutMs: number;
  /** Between two pieces of the body, while the reader wants more. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Called when the request goes out, after the token was obtained. */
  readonly onSent?: () => void;
}

export interface Answer {
  readonly status: number;
  readonly body: Readable;
  readonly activityId: string | undefined;
}

type Headers = Dispatcher.ResponseData['headers'];

function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Header values have to be printable ASCII. */
function ascii(value: string): string {
  return value.replaceAll(/[^\u0020-\u007e]/g, '?');
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** One HTTP request and its answer, with a token where one belongs. Knows nothing of results. */
export class Transport {
  readonly #options: TransportOptions;
  #cloud: Promise<CloudInfo> | undefined;
  #tokenRefused = false;
  #hadToken = false;

  /** @throws KustoError KUSTO_PLAIN_HTTP; KUSTO_UNTRUSTED_HOST where a token would go to a stranger */
  constructor(options: TransportOptions) {
    requireSafeTransport(options.uri);
    if (options.tokenProvider !== undefined) requireTrustedHost(options.uri, options.trustedHosts);
    this.#options = options;
  }

  /** Resolves once a 200 answer began. @throws KustoError for everything else */
  async post(request: PostRequest): Promise<Answer> {
    const { clientRequestId, signal } = request;
    try {
      const token = await this.#token(signal);
      if (signal.aborted) throw signal.reason;
      request.onSent?.();
      return await this.#send(request, token);
    } catch (error) {
      if (signal.aborted) throw aborted(signal.reason);
      throw errorOfTransport(error, this.#origin).withRequest({ clientRequestId });
    }
  }

  get #origin(): string {
    return new URL(this.#options.uri).origin;
  }

  async #send(request: PostRequest, token: string | undefined): Promise<Answer> {
    const { uri, dispatcher, applicationName, userName, now } = this.#options;
    const target = new URL(uri + request.path);
    const response = await dispatcher.request({
      origin: target.origin,
      path: target.pathname,
      method: 'POST',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip, deflate',
        'content-type': 'application/json; charset=utf-8',
        'x-ms-client-request-id': ascii(request.clientRequestId),
        'x-ms-version': '2024-12-12',
        'x-ms-app': ascii(applicationName),
        'x-ms-client-version': 'drasi-kusto',
        ...(userName === undefined ? {} : { 'x-ms-user': ascii(userName) }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: request.body,
      headersTimeout: request.headersTimeoutMs,
      bodyTimeout: request.idleTimeoutMs,
      signal: request.signal,
    });
    const { statusCode: status, headers } = response;
    const activityId = header(headers, 'x-ms-activity-id');
    if (status >= 300 && status < 400) {
      response.body.on('error', () => {}).destroy();
      throw new KustoError(
        'KUSTO_REDIRECT',
        `HTTP ${status}: the server sends elsewhere, which is not followed; check the address ${this.#origin}`,
        {
          status,
          activityId,
        },
      );
    }
    const body = decodeBody(response.body, header(headers, 'content-encoding'));
    if (status === 200) return { status, body, activityId };
    if (status === 401) this.#tokenRefused = true;
    throw errorOfStatus(status, await readBounded(body, MAX_ERROR_BODY), {
      activityId,
      retryAfterMs: retryAfter(header(headers, 'retry-after'), now()),
    });
  }

  async #token(signal: AbortSignal): Promise<string | undefined> {
    const { tokenProvider } = this.#options;
    if (tokenProvider === undefined) return undefined;
    const fresh = this.#tokenRefused;
    const token = await tokenProvider({ ...(await this.#cloudInfo(signal)), fresh, signal }).catch(
      (error: unknown) => {
        if (error instanceof KustoError || signal.aborted) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new KustoError('KUSTO_CREDENTIAL', `the token provider failed: ${reason}`, {
          cause: error,
          retryClass: classOfTokenFailure(error, this.#hadToken),
        });
      },
    );
    this.#tokenRefused = false;
    // A header with a line break in it would be refused by the HTTP client with the token in its message.
    if (!/^[\u0021-\u007e]+$/.test(token))
      throw new KustoError('KUSTO_CREDENTIAL', 'the token is empty or has characters that no token has');
    this.#hadToken = true;
    return token;
  }

  async #cloudInfo(signal: AbortSignal): Promise<CloudInfo> {
    this.#cloud ??= this.#askCloud(signal);
    try {
      return await this.#cloud;
    } catch (error) {
      this.#cloud = undefined;
      throw error;
    }
  }

  async #askCloud(signal: AbortSignal): Promise<CloudInfo> {
    const { uri, dispatcher } = this.#options;
    const response = await dispatcher.request({
      origin: new URL(uri).origin,
      path: '/v1/rest/auth/metadata',
      method: 'GET',
      headers: { accept: 'application/json' },
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
      signal,
    });
    const text = await readBounded(response.body, MAX_ERROR_BODY);
    if (response.statusCode === 404) return PUBLIC_CLOUD;
    if (response.statusCode >= 300 && response.statusCode < 400) {
      throw new KustoError(
        'KUSTO_REDIRECT',
        `HTTP ${response.statusCode} for /v1/rest/auth/metadata, which is not followed`,
      );
    }
    if (response.statusCode !== 200) throw errorOfStatus(response.statusCode, text, {});
    return readCloudInfo(text);
  }
}
