import type { EncodedChange, SourceChange } from '../elements.ts';
import { encodeChangeElement } from '../wire/encode-change.ts';

/**
 * Cuts changes into groups that fit a publish, in order. Elements are encoded as the groups are asked for, so that a long
 * batch is never in memory twice. A change larger than the limit is a group of its own.
 * @param envelope the most bytes a change has beside its element
 * @param nowNs the time of changes that have none
 */
export function* chunkChanges(
  changes: readonly (SourceChange | EncodedChange)[],
  maxBytes: number,
  envelope: number,
  nowNs: bigint,
): Generator<readonly EncodedChange[]> {
  let group: EncodedChange[] = [];
  // The brackets of the array; each change brings a comma or a line end.
  let size = 2;
  for (const change of changes) {
    const encoded = encodeChangeElement(change, nowNs);
    const bytes = encoded.element.length + envelope + 1;
    if (group.length > 0 && size + bytes > maxBytes) {
      yield group;
      group = [];
      size = 2;
    }
    group.push(encoded);
    size += bytes;
  }
  if (group.length > 0) yield group;
}
