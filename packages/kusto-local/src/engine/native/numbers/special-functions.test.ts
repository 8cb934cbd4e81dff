import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as check, double, property } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { betaCdf, betaInv, betaPdf, erf, erfc, welchTest } from './special-functions.ts';

function near(actual: number, expected: number, relative = 1e-13): void {
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.max(Math.abs(expected), 1e-300),
    `${actual}, expected ${expected}`,
  );
}

describe('special functions', () => {
  it('erf and erfc', () => {
    near(erf(1), 0.842700792949715);
    near(erf(-2), -0.995322265018953);
    near(erf(3), 0.999977909503001);
    near(erfc(1), 0.157299207050285);
    near(erfc(2), 0.00467773498104727);
    near(erfc(3), 2.20904969985854e-5);
    near(erfc(-1), 1.842700792949715);
    assert.equal(erf(0), 0);
    assert.equal(erf(Number.POSITIVE_INFINITY), 1);
    assert.equal(erfc(Number.POSITIVE_INFINITY), 0);
    assert.ok(Number.isNaN(erf(Number.NaN)) && Number.isNaN(erfc(Number.NaN)));
    check(
      property(double({ min: -5, max: 5, noNaN: true }), (x) => {
        near(erf(x) + erfc(x), 1, 1e-12);
      }),
    );
  });

  it('the beta distribution', () => {
    near(betaCdf(0.9, 10, 20), 0.999999999999959);
    near(betaInv(0.1, 10, 20), 0.226415022388749);
    near(betaPdf(0.5, 10, 20), 0.746176019310951, 1e-12);
    assert.equal(betaCdf(0, 1, 1), 0);
    assert.equal(betaCdf(1, 1, 1), 1);
    for (const wrong of [
      betaCdf(1.5, 10, 20),
      betaCdf(0.5, 10_001, 1),
      betaPdf(0, 1, 1),
      betaPdf(0.1, -1, 20),
    ]) {
      assert.ok(Number.isNaN(wrong));
    }
    check(
      property(
        double({ min: 0.01, max: 0.99, noNaN: true }),
        double({ min: 0.5, max: 500, noNaN: true }),
        double({ min: 0.5, max: 500, noNaN: true }),
        (probability, alpha, beta) => {
          near(betaCdf(betaInv(probability, alpha, beta), alpha, beta), probability, 1e-9);
        },
      ),
    );
  });

  it("Welch's test", () => {
    // Of the two samples of the article that the page refers to.
    near(welchTest(20.82, 7.853142857142857, 15, 22.98666666666667, 2.845523809523809, 15), 0.0169, 0.1);
    assert.ok(Number.isNaN(welchTest(1, 0, 1, 1, 0, 1)));
    assert.equal(welchTest(1, 2, 3, 1, 2, 3), 1);
  });
});
