import { KustoError, type Logger } from '@drasi-kusto/kusto-client';
import { meetsLimit } from '../snapshot/service-limits.ts';

/**
 * Asks about items in one question, in their order, and in halves where that meets a limit of the service: of a result, of memory, or of
 * time.
 * @throws KustoError when a single item is too much, and every other one
 */
export async function askInParts<T>(
  items: readonly T[],
  ask: (items: readonly T[]) => Promise<void>,
  logger?: Logger,
): Promise<void> {
  const parts = [items];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    try {
      await ask(part);
    } catch (error) {
      if (part.length < 2 || !(error instanceof KustoError) || !isTooMuch(error)) throw error;
      logger?.info('a question is too much for one query and is asked in parts', { reason: error.message });
      const middle = part.length >> 1;
      parts.push(part.slice(middle), part.slice(0, middle));
    }
  }
}

/** Also where the service as a whole has no memory left: fewer rows need less. */
export const isTooMuch = (error: KustoError): boolean =>
  meetsLimit(error) || /E_LOW_MEMORY_CONDITION|80DA0007/i.test(error.message);
