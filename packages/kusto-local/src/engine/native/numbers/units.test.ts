import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as check, constantFrom, double, property } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import type { Quantity } from './units.ts';
import { convertUnit, quantities } from './units.ts';

function near(actual: number | null, expected: number): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= Math.abs(expected) * 1e-13,
    `${actual}, ${expected}`,
  );
}

describe('units of measure', () => {
  it("have the documentation's values", () => {
    assert.equal(convertUnit('angle', 1.2, 'Degree', 'Arcminute'), 72);
    near(convertUnit('energy', 1.2, 'Joule', 'BritishThermalUnit'), 0.00113738054437598);
    assert.equal(convertUnit('force', 1.2, 'Newton', 'Decanewton'), 0.12);
    near(convertUnit('length', 1.2, 'Meter', 'Foot'), 3.93700787401575);
    near(convertUnit('mass', 1.2, 'Kilogram', 'Pound'), 2.64554714621853);
    assert.equal(convertUnit('speed', 1.2, 'MeterPerSecond', 'CentimeterPerHour'), 432_000);
    near(convertUnit('temperature', 1.2, 'Kelvin', 'DegreeCelsius'), -271.95);
  });

  it('follow their definitions', () => {
    near(convertUnit('length', 1, 'Mile', 'Kilometer'), 1.609344);
    near(convertUnit('length', 1, 'LightYear', 'AstronomicalUnit'), 63_241.07708426628);
    near(convertUnit('length', 1, 'Parsec', 'LightYear'), 3.2615637771674337);
    near(convertUnit('mass', 1, 'Stone', 'Kilogram'), 6.35029318);
    near(convertUnit('mass', 1, 'Ounce', 'Grain'), 437.5);
    near(convertUnit('speed', 1, 'Knot', 'KilometerPerHour'), 1.852);
    near(convertUnit('volume', 1, 'UsGallon', 'Liter'), 3.785411784);
    near(convertUnit('volume', 1, 'UsCustomaryCup', 'UsTablespoon'), 16);
    near(convertUnit('volume', 1, 'CubicFoot', 'CubicInch'), 1728);
    near(convertUnit('energy', 1, 'KilowattHour', 'Megajoule'), 3.6);
    near(convertUnit('force', 1, 'KilogramForce', 'Newton'), 9.80665);
    near(convertUnit('energy', 1, 'FootPound', 'Joule'), 1.3558179483314);
    near(convertUnit('mass', 1, 'Slug', 'Kilogram'), 14.5939029372064);
    near(convertUnit('angle', 1, 'Revolution', 'NatoMil'), 6400);
    near(convertUnit('angle', 180, 'Degree', 'Radian'), Math.PI);
    near(convertUnit('temperature', 100, 'DegreeCelsius', 'DegreeFahrenheit'), 212);
    near(convertUnit('temperature', 60, 'DegreeRoemer', 'DegreeCelsius'), 100);
    near(convertUnit('temperature', 150, 'DegreeDelisle', 'Kelvin'), 273.15);
  });

  it('come back', () => {
    for (const [quantity, units] of Object.entries(quantities)) {
      const unit = constantFrom(...Object.keys(units));
      check(
        property(unit, unit, double({ min: -1e6, max: 1e6, noNaN: true }), (from, to, value) => {
          const there = convertUnit(quantity as Quantity, value, from, to);
          const back = convertUnit(quantity as Quantity, there ?? Number.NaN, to, from);
          assert.ok(
            back !== null && Math.abs(back - value) <= Math.abs(value) * 1e-12 + 1e-300,
            `${from} ${to} ${back}`,
          );
        }),
      );
    }
  });

  it('null for what is no unit of the quantity, an error for one without an exact size', () => {
    assert.equal(convertUnit('length', 1, 'Meter', 'Gram'), null);
    assert.equal(convertUnit('length', 1, 'toString', 'Meter'), null);
    assert.equal(convertUnit('temperature', 1, 'Kelvin', 'kelvin'), null);
    assert.throws(() => convertUnit('mass', 1, 'SolarMass', 'Gram'), /no exact size/);
  });
});
