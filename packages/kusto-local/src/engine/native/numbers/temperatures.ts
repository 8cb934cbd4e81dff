/** Scales of temperature (page `convert_temperature()`), by their definitions. */

type Ratio = readonly [number, number];

/** A temperature's size and zero: kelvins = value * size + zero. */
const temperature: Readonly<Record<string, { readonly size: Ratio; readonly zero: number }>> = {
  DegreeCelsius: { size: [1, 1], zero: 273.15 },
  DegreeDelisle: { size: [-2, 3], zero: 373.15 },
  DegreeFahrenheit: { size: [5, 9], zero: 459.67 * (5 / 9) },
  DegreeNewton: { size: [100, 33], zero: 273.15 },
  DegreeRankine: { size: [5, 9], zero: 0 },
  DegreeReaumur: { size: [5, 4], zero: 273.15 },
  DegreeRoemer: { size: [40, 21], zero: 273.15 - 7.5 * (40 / 21) },
  Kelvin: { size: [1, 1], zero: 0 },
  MillidegreeCelsius: { size: [1, 1000], zero: 273.15 },
};

/** The value on the other scale; null when one is no scale of temperature. */
export function convertTemperature(value: number, from: string, to: string): number | null {
  const source = Object.hasOwn(temperature, from) ? temperature[from] : undefined;
  const target = Object.hasOwn(temperature, to) ? temperature[to] : undefined;
  if (source === undefined || target === undefined) return null;
  if (from === to) return value;
  const kelvins = (value * source.size[0]) / source.size[1] + source.zero;
  return ((kelvins - target.zero) * target.size[1]) / target.size[0];
}
