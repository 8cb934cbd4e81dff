/**
 * Units of measure (pages `convert_angle()` to `convert_volume()`), by their definitions. A unit is a fraction of its quantity's base
 * unit, so that a conversion is one multiplication and one division. Units that are measured rather than defined (the sun's mass, …)
 * have no value here: they are errors.
 */
import type { NativeFunction } from '../native-functions.ts';
import { convertTemperature } from './temperatures.ts';

/** A unit as numerator and denominator of its size in the base unit. */
type Ratio = readonly [number, number];
type Units = Readonly<Record<string, Ratio>>;

const inch: Ratio = [127, 5000];
const foot: Ratio = [381, 1250];
const yard: Ratio = [1143, 1250];
const mile: Ratio = [201_168, 125];
const poundForce: Ratio = [4.4482216152605, 1];
const surveyFoot: Ratio = [1200, 3937];

const metric: Readonly<Record<string, Ratio>> = {
  nano: [1, 1e9],
  micro: [1, 1e6],
  milli: [1, 1e3],
  centi: [1, 100],
  deci: [1, 10],
  deca: [10, 1],
  hecto: [100, 1],
  kilo: [1e3, 1],
  mega: [1e6, 1],
  giga: [1e9, 1],
  tera: [1e12, 1],
};

function times([a, b]: Ratio, [c, d]: Ratio): Ratio {
  return [a * c, b * d];
}

/** `prefixed('meter', …, 'kilo centi')`: Kilometer and Centimeter; the unit itself is not among them. */
function prefixed(unit: string, size: Ratio, prefixes: string): Units {
  return Object.fromEntries(
    prefixes.split(' ').map((prefix) => {
      const name = `${prefix}${unit}`;
      return [name.charAt(0).toUpperCase() + name.slice(1), times(metric[prefix] ?? [1, 1], size)];
    }),
  );
}

const degree: Ratio = [1, 1];
const radian: Ratio = [180, Math.PI];

const angle: Units = {
  Arcminute: [1, 60],
  Arcsecond: [1, 3600],
  Degree: degree,
  ...prefixed('degree', degree, 'micro milli nano'),
  Gradian: [9, 10],
  NatoMil: [360, 6400],
  Radian: radian,
  ...prefixed('radian', radian, 'centi deci micro milli nano'),
  Revolution: [360, 1],
};

const britishThermalUnit: Ratio = [1055.05585262, 1];
const calorie: Ratio = [4.184, 1];
const electronVolt: Ratio = [1.602176634e-19, 1];
const wattHour: Ratio = [3600, 1];
const wattDay: Ratio = [86_400, 1];
const joule: Ratio = [1, 1];

const energy: Units = {
  BritishThermalUnit: britishThermalUnit,
  ...prefixed('britishThermalUnit', britishThermalUnit, 'giga kilo mega'),
  Calorie: calorie,
  ...prefixed('calorie', calorie, 'kilo mega'),
  DecathermEc: [1.05505585262e9, 1],
  DecathermUs: [1.054804e9, 1],
  ElectronVolt: electronVolt,
  ...prefixed('electronVolt', electronVolt, 'giga kilo mega tera'),
  Erg: [1, 1e7],
  FootPound: times(foot, poundForce),
  HorsepowerHour: [2_684_519.537696173, 1],
  Joule: joule,
  ...prefixed('joule', joule, 'giga kilo mega milli'),
  ThermEc: [1.05505585262e8, 1],
  ThermUs: [1.054804e8, 1],
  WattDay: wattDay,
  ...prefixed('wattDay', wattDay, 'giga kilo mega tera'),
  WattHour: wattHour,
  ...prefixed('wattHour', wattHour, 'giga kilo mega tera'),
};

const newton: Ratio = [1, 1];

const force: Units = {
  Dyn: [1, 1e5],
  KilogramForce: [980_665, 1e5],
  KiloPond: [980_665, 1e5],
  KilopoundForce: times(poundForce, [1000, 1]),
  Newton: newton,
  ...prefixed('newton', newton, 'deca kilo mega micro milli'),
  OunceForce: times(poundForce, [1, 16]),
  Poundal: [0.138254954376, 1],
  PoundForce: poundForce,
  ShortTonForce: times(poundForce, [2000, 1]),
  TonneForce: [980_665, 100],
};

const meter: Ratio = [1, 1];
const lightYear: Ratio = [9_460_730_472_580_800, 1];
const astronomicalUnit: Ratio = [149_597_870_700, 1];
const parsec: Ratio = times(astronomicalUnit, [648_000, Math.PI]);

const length: Units = {
  Angstrom: [1, 1e10],
  AstronomicalUnit: astronomicalUnit,
  Chain: times(foot, [66, 1]),
  DataMile: times(foot, [6000, 1]),
  DtpPica: times(inch, [1, 6]),
  DtpPoint: times(inch, [1, 72]),
  Fathom: times(foot, [6, 1]),
  Foot: foot,
  Hand: times(inch, [4, 1]),
  Inch: inch,
  LightYear: lightYear,
  ...prefixed('lightYear', lightYear, 'kilo mega'),
  Meter: meter,
  ...prefixed('meter', meter, 'centi deca deci hecto kilo micro milli nano'),
  ...prefixed('inch', inch, 'micro'),
  Mil: times(inch, [1, 1000]),
  Mile: mile,
  NauticalMile: [1852, 1],
  Parsec: parsec,
  ...prefixed('parsec', parsec, 'kilo mega'),
  Shackle: times(foot, [90, 1]),
  Twip: times(inch, [1, 1440]),
  UsSurveyFoot: surveyFoot,
  Yard: yard,
};

const gram: Ratio = [1, 1];
const pound: Ratio = [45_359_237, 1e5];
const tonne: Ratio = [1e6, 1];

const mass: Units = {
  Grain: times(pound, [1, 7000]),
  Gram: gram,
  ...prefixed('gram', gram, 'centi deca deci hecto kilo micro milli nano'),
  LongHundredweight: times(pound, [112, 1]),
  LongTon: times(pound, [2240, 1]),
  Ounce: times(pound, [1, 16]),
  Pound: pound,
  ...prefixed('pound', pound, 'kilo mega'),
  ShortHundredweight: times(pound, [100, 1]),
  ShortTon: times(pound, [2000, 1]),
  Slug: times(times(poundForce, [1250, 381]), [1000, 1]),
  Stone: times(pound, [14, 1]),
  Tonne: tonne,
  ...prefixed('tonne', tonne, 'kilo mega'),
};

/** `<length>Per<time>` for each. */
function per(name: string, size: Ratio, spans: string): Units {
  const seconds: Readonly<Record<string, number>> = { Hour: 3600, Minute: 60, Second: 1 };
  return Object.fromEntries(
    spans.split(' ').map((span) => [`${name}Per${span}`, times(size, [1, seconds[span] ?? 1])]),
  );
}

const all = 'Hour Minute Second';

const speed: Units = {
  ...per('Centimeter', [1, 100], all),
  ...per('Decimeter', [1, 10], 'Minute Second'),
  ...per('Foot', foot, all),
  ...per('Inch', inch, all),
  ...per('Kilometer', [1000, 1], all),
  Knot: [1852, 3600],
  ...per('Meter', meter, all),
  ...per('Micrometer', [1, 1e6], 'Minute Second'),
  ...per('Mile', mile, 'Hour'),
  ...per('Millimeter', [1, 1000], all),
  ...per('Nanometer', [1, 1e9], 'Minute Second'),
  ...per('UsSurveyFoot', surveyFoot, all),
  ...per('Yard', yard, all),
};

const liter: Ratio = [1, 1000];
const usGallon: Ratio = times(liter, [3_785_411_784, 1e9]);
const imperialGallon: Ratio = times(liter, [454_609, 1e5]);

function cubed([a, b]: Ratio): Ratio {
  return [a ** 3, b ** 3];
}

const cubicFoot = cubed(foot);

const volume: Units = {
  // As the page `convert_volume()` has it in its example; 43,560 cubic feet would be a millionth more.
  AcreFoot: [1e9, 810_714],
  AuTablespoon: times(liter, [20, 1000]),
  BoardFoot: times(cubicFoot, [1, 12]),
  CubicCentimeter: [1, 1e6],
  CubicDecimeter: liter,
  CubicFoot: cubicFoot,
  CubicHectometer: [1e6, 1],
  CubicInch: cubed(inch),
  CubicKilometer: [1e9, 1],
  CubicMeter: [1, 1],
  CubicMicrometer: [1, 1e18],
  CubicMile: cubed(mile),
  CubicMillimeter: [1, 1e9],
  CubicYard: cubed(yard),
  DecausGallon: times(usGallon, [10, 1]),
  DeciusGallon: times(usGallon, [1, 10]),
  HectocubicFoot: times(cubicFoot, [100, 1]),
  HectocubicMeter: [100, 1],
  HectousGallon: times(usGallon, [100, 1]),
  ImperialBeerBarrel: times(imperialGallon, [36, 1]),
  ImperialGallon: imperialGallon,
  ImperialOunce: times(imperialGallon, [1, 160]),
  ImperialPint: times(imperialGallon, [1, 8]),
  KilocubicFoot: times(cubicFoot, [1000, 1]),
  KilocubicMeter: [1000, 1],
  KiloimperialGallon: times(imperialGallon, [1000, 1]),
  KilousGallon: times(usGallon, [1000, 1]),
  Liter: liter,
  ...prefixed('liter', liter, 'centi deca deci hecto kilo mega micro milli'),
  MegacubicFoot: times(cubicFoot, [1e6, 1]),
  MegaimperialGallon: times(imperialGallon, [1e6, 1]),
  MegausGallon: times(usGallon, [1e6, 1]),
  MetricCup: times(liter, [250, 1000]),
  MetricTeaspoon: times(liter, [5, 1000]),
  OilBarrel: times(usGallon, [42, 1]),
  UkTablespoon: times(liter, [15, 1000]),
  UsBeerBarrel: times(usGallon, [31, 1]),
  UsCustomaryCup: times(usGallon, [1, 16]),
  UsGallon: usGallon,
  UsLegalCup: times(liter, [240, 1000]),
  UsOunce: times(usGallon, [1, 128]),
  UsPint: times(usGallon, [1, 8]),
  UsQuart: times(usGallon, [1, 4]),
  UsTablespoon: times(usGallon, [1, 256]),
  UsTeaspoon: times(usGallon, [1, 768]),
};

/** Units of the reference that are measured, or whose definition is not settled. */
const undefinedUnits: ReadonlySet<string> = new Set([
  'DecathermImperial',
  'EarthMass',
  'PrinterPica',
  'PrinterPoint',
  'SolarMass',
  'SolarRadius',
  'SolarTemperature',
  'ThermImperial',
  'Tilt',
]);

export const quantities = { angle, energy, force, length, mass, speed, volume } as const;
export type Quantity = 'temperature' | keyof typeof quantities;

function checkDefined(unit: string): void {
  if (undefinedUnits.has(unit))
    throw new Error(`the unit ${unit} has no exact size, and is not converted here`);
}

/** The value in the other unit; null when a unit is not one of the quantity's. */
export function convertUnit(quantity: Quantity, value: number, from: string, to: string): number | null {
  checkDefined(from);
  checkDefined(to);
  if (quantity === 'temperature') return convertTemperature(value, from, to);
  const units: Units = quantities[quantity];
  const source = Object.hasOwn(units, from) ? units[from] : undefined;
  const target = Object.hasOwn(units, to) ? units[to] : undefined;
  if (source === undefined || target === undefined) return null;
  if (from === to) return value;
  return (value * (source[0] * target[1])) / (source[1] * target[0]);
}

export const unitNatives: readonly NativeFunction[] = [
  {
    name: 'kql_convert_unit',
    parameters: ['text', 'real', 'text', 'text'],
    result: 'real',
    evaluate: (quantity, value, from, to) =>
      convertUnit(quantity as Quantity, value as number, from as string, to as string),
  },
];
