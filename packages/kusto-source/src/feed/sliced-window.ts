import { halves, slicesOf, type Slice } from '../snapshot/slice.ts';

/** A window that is read in slices, and how far it is: part of a checkpoint (rule R13). */
export interface SlicedWindow {
  /** The window's upper cursor, inclusive. */
  readonly upTo: string;
  /** What the service's hash function answered before the first slice was read: slices of another function are other rows. */
  readonly hash: string;
  /** The window's rows in so many slices by the hash of the key. */
  readonly modulus: number;
  /** Slices of that modulus from this one on are still to be read. */
  readonly next: number;
  /** Parts of an earlier slice, which was too large, that come before it. */
  readonly parts: readonly Slice[];
}

/** The window in one part. */
export function wholeWindow(upTo: string): SlicedWindow {
  return { upTo, hash: '', modulus: 1, next: 0, parts: [] };
}

/** The slice to be read next; undefined when none is left. */
export function currentSlice({ modulus, next, parts }: SlicedWindow): Slice | undefined {
  return parts[0] ?? (next < modulus ? { modulus, index: next } : undefined);
}

/** The window once its current slice is acknowledged. */
export function withoutCurrent(window: SlicedWindow): SlicedWindow {
  const [part, ...parts] = window.parts;
  return part === undefined ? { ...window, next: window.next + 1 } : { ...window, parts };
}

/** The window with the halves of its current slice in its place. */
export function withCurrentHalved(window: SlicedWindow): SlicedWindow {
  const slice = currentSlice(window);
  if (slice === undefined) return window;
  const rest = withoutCurrent(window);
  return { ...rest, parts: [...halves(slice), ...rest.parts] };
}

/** All slices that are left, in their order. */
export function slicesLeft({ modulus, next, parts }: SlicedWindow): readonly Slice[] {
  return [...parts, ...slicesOf(modulus).slice(next)];
}
