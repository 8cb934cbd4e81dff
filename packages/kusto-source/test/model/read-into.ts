import { ndjsonLines } from '../../src/quickstart/ndjson-lines.ts';

export type BootstrapEnd =
  /** Everything came. */
  | 'whole'
  /** It was answered with an error, or broke off and said so: Drasi ends the query. */
  | 'refused'
  /** The reader left. */
  | 'left'
  /** The process died. To Drasi that looks like the end (rule R2). */
  | 'cut';

export interface BootstrapReading {
  readonly proxyUrl: string;
  readonly nodeLabels: readonly string[];
  readonly relLabels: readonly string[];
  /** Must not throw. */
  readonly onElement: (line: Buffer) => void;
  /** It leaves after so many elements. */
  readonly leaveAfter: number | undefined;
  /** Whether the process that answers has died. */
  readonly isDead: () => boolean;
}

const poison = Buffer.from('{"error"');

/** Reads a bootstrap as a query does. Never throws. */
export async function readInto(reading: BootstrapReading): Promise<BootstrapEnd> {
  const { proxyUrl, nodeLabels, relLabels, onElement, leaveAfter, isDead } = reading;
  const leaving = new AbortController();
  let body: ReadableStream<Uint8Array>;
  try {
    const response = await fetch(new URL('/acquire-stream', proxyUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nodeLabels, relLabels }),
      signal: leaving.signal,
    });
    if (response.status !== 200 || response.body === null) {
      await response.text();
      return 'refused';
    }
    ({ body } = response);
  } catch {
    return 'refused';
  }
  let count = 0;
  try {
    for await (const lines of ndjsonLines(body)) {
      for (const line of lines) {
        // A process that is killed has no time to say so.
        if (line.subarray(0, poison.length).equals(poison)) return isDead() ? 'cut' : 'refused';
        onElement(line);
        count += 1;
        if (count === leaveAfter) return 'left';
      }
    }
    return 'whole';
  } catch {
    return isDead() ? 'cut' : 'refused';
  } finally {
    leaving.abort();
  }
}
