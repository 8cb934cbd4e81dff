/** StormEvents-shaped rows (made up for the benchmark, about 400 bytes each) as Kusto writes them. */
export const columns = [
  ['StartTime', 'datetime'],
  ['EndTime', 'datetime'],
  ['EpisodeId', 'int'],
  ['EventId', 'int'],
  ['State', 'string'],
  ['EventType', 'string'],
  ['InjuriesDirect', 'int'],
  ['DeathsDirect', 'int'],
  ['DamageProperty', 'int'],
  ['Source', 'string'],
  ['BeginLocation', 'string'],
  ['BeginLat', 'real'],
  ['BeginLon', 'real'],
  ['EventNarrative', 'string'],
  ['StormSummary', 'dynamic'],
  ['__drasi_ingested', 'datetime'],
] as const;

const states = ['NEW YORK', 'TEXAS', 'KANSAS', 'OHIO', 'FLORIDA', 'IOWA', 'MAINE'];
const types = ['Thunderstorm Wind', 'Hail', 'Flash Flood', 'Winter Storm', 'Heat'];

/** The row's JSON array, and its id for checks. */
export function stormRow(index: number): string {
  const day = String(1 + (index % 28)).padStart(2, '0');
  const state = states[index % states.length];
  const type = types[index % types.length];
  const total = (index * 37) % 100_000;
  return (
    `["2007-01-${day}T00:00:00.0000000Z","2007-01-${day}T06:00:00.0000000Z",${1000 + (index >> 3)},${index},"${state}","${type}",` +
    `${index % 3},0,${total},"Trained Spotter","STATION ${index % 977}",${30 + (index % 900) / 50},-${70 + (index % 900) / 50},` +
    `"A spotter saw ${type} over ${state} and wrote it down.",` +
    `{"TotalDamages":${total},"Details":{"Description":"${type} in ${state}"}},"2026-01-01T00:00:00.1234567Z"]`
  );
}

export const identityNames = ['__drasi_bucket', '__drasi_first', '__drasi_second'] as const;

/** A row with what the service computes for the key index. */
export function identified(row: string, index: number): string {
  const hash = BigInt.asIntN(64, BigInt(index + 1) * 0x9e37_79b9_7f4a_7c15n);
  return `${row.slice(0, -1)},${(index * 37) % 256},${hash},${BigInt.asIntN(64, hash * 31n)}]`;
}
