/** Preloaded into a measured process: answers its parent's question what it has used so far. */
import { usageSoFar } from './usage.ts';

process.on('message', (message) => {
  if (message === 'usage') process.send?.(usageSoFar());
});
// Being asked must not keep a program alive that is through.
process.channel?.unref();
