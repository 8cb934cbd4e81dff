// How a soak is divided: every part comes early, and again.

/** A turn takes 6 minutes, or all there are. */
export const turnsOf = (minutes) => Math.max(1, Math.round(minutes / 6));

/** SIGKILLs of one turn for each of the three ways of detection: 200 or more in 30 minutes. */
export const killsOfTurn = (minutes) => Math.ceil((200 / 30) * (minutes / turnsOf(minutes) / 3));

/** Of what a whole turn has so many of, how many for a soak that is shorter than one; at least one. */
export const shareOfTurn = (minutes, whole) => Math.max(1, Math.ceil(whole * Math.min(1, minutes / 6)));

/** The seed of a turn. The model goes on from it one by one, so they are far apart. */
export const seedsOfTurn = (seed, turn) => seed + turn * 1_000_000;

/**
 * The figures of all parts, added up by name in the order in which they came. A line that its writer did not end, because it
 * was killed, counts for nothing.
 * @param {string} text one JSON object of numbers a line
 */
export function sumsOf(text) {
  const sums = {};
  for (const line of text.split('\n').slice(0, -1))
    for (const [name, figure] of Object.entries(JSON.parse(line))) sums[name] = (sums[name] ?? 0) + figure;
  return sums;
}
