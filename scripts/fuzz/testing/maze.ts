/** A function whose fault is behind six comparisons, each a block of its own: found step by step, or by great luck. */
export function walk(input: Uint8Array): void {
  if (input[0] !== 0x6d) return;
  if (input[1] !== 0x41) return;
  if (input[2] !== 0x7a) return;
  if (input[3] !== 0x45) return;
  if ((input[4] ?? 0) < 0x80) return;
  if (input.length !== 6) return;
  throw new Error('the middle of the maze');
}
