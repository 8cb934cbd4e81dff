/** Functions of statistics that SQL does not have, to about 14 digits. NaN where a function has no value. */

const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
] as const;

/** The logarithm of the gamma function, of a number above 0 (Lanczos' approximation). */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum: number = lanczos[0];
  for (let index = 1; index < lanczos.length; index += 1) sum += (lanczos[index] ?? 0) / (z + index);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

const tiny = 1e-300;
const precise = 1e-16;

/** erf for small arguments, by its series. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && Math.abs(term) > precise * Math.abs(sum); n += 1) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** erfc for arguments above 2, by its continued fraction. */
function erfcFraction(x: number): number {
  let fraction = 0;
  for (let n = 160; n >= 1; n -= 1) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

/** The error function (page `erf()`). */
export function erf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < 0) return -erf(-x);
  if (x < 2) return erfSeries(x);
  return x > 6.5 ? 1 : 1 - erfcFraction(x);
}

/** 1 - erf(x), without the loss of digits for large arguments (page `erfc()`). */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < 2) return 1 - erf(x);
  return x > 28 ? 0 : erfcFraction(x);
}

/** The continued fraction of the incomplete beta function (Lentz' method). */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let result = d;
  for (let m = 1; m < 20_000; m += 1) {
    for (const numerator of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + numerator * d;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = 1 + numerator / c;
      if (Math.abs(c) < tiny) c = tiny;
      result *= d * c;
    }
    if (Math.abs(d * c - 1) < precise * 4) break;
  }
  return result;
}

/** The regularized incomplete beta function, for x from 0 to 1 and parameters above 0. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Page `beta_cdf()`: NaN for x outside 0 to 1 and for parameters outside ]0, 10000]. */
export function betaCdf(x: number, alpha: number, beta: number): number {
  if (!(x >= 0 && x <= 1 && alpha > 0 && alpha <= 10_000 && beta > 0 && beta <= 10_000)) return Number.NaN;
  return incompleteBeta(x, alpha, beta);
}

/** Page `beta_pdf()`: NaN unless 0 < x < 1 and the parameters are above 0. */
export function betaPdf(x: number, alpha: number, beta: number): number {
  if (!(x > 0 && x < 1 && alpha > 0 && beta > 0)) return Number.NaN;
  const log = logGamma(alpha + beta) - logGamma(alpha) - logGamma(beta);
  return Math.exp(log + (alpha - 1) * Math.log(x) + (beta - 1) * Math.log1p(-x));
}

/** The x with betaCdf(x) = probability, by halving; the parameters above 0 and the probability in ]0, 1]. */
export function betaInv(probability: number, alpha: number, beta: number): number {
  if (probability === 1) return 1;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 200; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (incompleteBeta(middle, alpha, beta) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The two-sided p-value of Welch's t-test (page `welch_test()`). */
export function welchTest(
  mean1: number,
  variance1: number,
  count1: number,
  mean2: number,
  variance2: number,
  count2: number,
): number {
  const error1 = variance1 / count1;
  const error2 = variance2 / count2;
  const error = error1 + error2;
  const t = (mean1 - mean2) / Math.sqrt(error);
  const freedom = (error * error) / (error1 ** 2 / (count1 - 1) + error2 ** 2 / (count2 - 1));
  if (!(freedom > 0) || !Number.isFinite(t)) return Number.NaN;
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}
