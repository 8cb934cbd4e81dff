import type { Writable } from 'node:stream';
import type { ChangePublisher } from '../contracts.ts';
import { ErrorCode, FatalSourceError, SourceError, messageOf } from '../errors.ts';

/**
 * One change a line on a stream, such as standard output. A change counts as delivered when the stream took its bytes.
 * A reader that closes the stream ends the source: `publish` throws OUTPUT_CLOSED, which is fatal and not a fault.
 */
export class NdjsonPublisher implements ChangePublisher {
  readonly maxBatchBytes = 256 * 1024;
  readonly #stream: Writable;
  #failure: Error | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Without a listener a closed pipe is an uncaught exception.
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  async publish(changes: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#check(this.#failure);
    const bytes = Buffer.concat(changes.flatMap((change) => [change, LINE_END]));
    const error = await new Promise<Error | null | undefined>((resolve) => {
      const onClose = (): void => resolve(this.#failure ?? new ClosedStream());
      this.#stream.once('close', onClose);
      // The callback comes when the bytes left this process, which also is the back-pressure of a slow reader.
      this.#stream.write(bytes, (failure) => {
        this.#stream.off('close', onClose);
        resolve(failure);
      });
    });
    this.#check(error);
  }

  #check(error: Error | null | undefined): void {
    if (error == null) return;
    const code = 'code' in error ? error.code : undefined;
    if (
      code === 'EPIPE' ||
      code === 'ERR_STREAM_DESTROYED' ||
      code === 'ERR_STREAM_WRITE_AFTER_END' ||
      error instanceof ClosedStream
    )
      throw new FatalSourceError(ErrorCode.OutputClosed, 'the reader of the output has closed it', {
        cause: error,
      });
    throw new SourceError(ErrorCode.PublishFailed, `writing the output failed: ${messageOf(error)}`, {
      cause: error,
    });
  }

  /** Leaves the stream open: it belongs to the caller. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const LINE_END = Buffer.from('\n');

class ClosedStream extends Error {}
