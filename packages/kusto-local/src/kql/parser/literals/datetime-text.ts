import { ticksPerDay } from './times.ts';

/** Ticks as `YYYY-MM-DDTHH:MM:SS.fffffffZ`, what tostring(datetime) gives. */
export function datetimeText(ticks: bigint): string {
  const unixDays = Number(ticks / ticksPerDay) - 719_162;
  const date = new Date(unixDays * 86_400_000);
  const rest = ticks % ticksPerDay;
  const seconds = rest / 10_000_000n;
  const two = (value: bigint | number) => value.toString().padStart(2, '0');
  const year = date.getUTCFullYear().toString().padStart(4, '0');
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  const part = (rest % 10_000_000n).toString().padStart(7, '0');
  return `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}T${clock}.${part}Z`;
}
