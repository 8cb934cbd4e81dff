const lineFeed = 0x0a;

/** The longest line accepted, bytes: a stream that never ends its line must not fill the memory (invariant I8). */
export const longestLine = 8 * 1024 * 1024;

/**
 * Splits a byte stream into lines, without their `\n`. Yields the lines that became complete with each chunk, so a
 * consumer can hand them on in batches; holds at most one incomplete line.
 * @throws Error on a line above {@link longestLine}, or when the stream ends inside a line
 */
export async function* ndjsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      const line = bytes.subarray(start, end);
      lines.push(rest.length === 0 ? line : Buffer.concat([...rest, line]));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start < bytes.length) {
      rest.push(bytes.subarray(start));
      restBytes += bytes.length - start;
      if (restBytes > longestLine) throw new Error(`a line is longer than ${longestLine} bytes`);
    }
    if (lines.length > 0) yield lines;
  }
  if (restBytes > 0) throw new Error('the stream ended in the middle of a line');
}
