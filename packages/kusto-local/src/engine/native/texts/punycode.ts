/** Punycode (RFC 3492). Basic characters keep their case. */
import { characters } from './characters.ts';

const base = 36;
const tMin = 1;
const tMax = 26;
const skew = 38;
const damp = 700;
const initialBias = 72;
const initialCode = 128;
const maxCode = 0x10ffff;

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / damp) : delta >> 1;
  rest += Math.floor(rest / points);
  let k = 0;
  while (rest > ((base - tMin) * tMax) >> 1) {
    rest = Math.floor(rest / (base - tMin));
    k += base;
  }
  return k + Math.floor(((base - tMin + 1) * rest) / (rest + skew));
}

function threshold(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, tMin), tMax);
}

function digit(value: number): string {
  return String.fromCharCode(value < 26 ? value + 97 : value + 22);
}

function digitValue(character: string): number | undefined {
  if (/^[a-z]$/i.test(character)) return character.toLowerCase().charCodeAt(0) - 97;
  return /^\d$/.test(character) ? Number(character) + 26 : undefined;
}

/** The digits of one delta. */
function variableLength(delta: number, bias: number): string {
  let text = '';
  let q = delta;
  for (let k = base; ; k += base) {
    const t = threshold(k, bias);
    if (q < t) return text + digit(q);
    text += digit(t + ((q - t) % (base - t)));
    q = Math.floor((q - t) / (base - t));
  }
}

/** @returns undefined when a number grows beyond 53 bits (a text of an absurd length) */
export function encodePunycode(text: string): string | undefined {
  const codes = characters(text).map((character) => character.codePointAt(0) ?? 0);
  const basic = codes.filter((code) => code < initialCode).map((code) => String.fromCharCode(code));
  let result = basic.length === 0 ? '' : `${basic.join('')}-`;
  let [code, delta, bias, handled] = [initialCode, 0, initialBias, basic.length];
  while (handled < codes.length) {
    const next = Math.min(...codes.filter((one) => one >= code));
    delta += (next - code) * (handled + 1);
    if (!Number.isSafeInteger(delta)) return undefined;
    code = next;
    for (const one of codes) {
      if (one < code) delta += 1;
      if (one !== code) continue;
      result += variableLength(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    code += 1;
  }
  return result;
}

/** @returns undefined when the text is no Punycode */
export function decodePunycode(text: string): string | undefined {
  // oxlint-disable-next-line no-control-regex
  if (!/^[\0-\x7f]*$/.test(text)) return undefined;
  const cut = text.lastIndexOf('-');
  const output = characters(text.slice(0, Math.max(cut, 0))).map((character) => character.charCodeAt(0));
  let [code, place, bias] = [initialCode, 0, initialBias];
  let position = cut > 0 ? cut + 1 : 0;
  if (cut === 0) position = 1;
  while (position < text.length) {
    const before = place;
    let weight = 1;
    for (let k = base; ; k += base) {
      const value = digitValue(text.charAt(position));
      position += 1;
      if (value === undefined) return undefined;
      place += value * weight;
      if (!Number.isSafeInteger(place)) return undefined;
      const t = threshold(k, bias);
      if (value < t) break;
      weight *= base - t;
    }
    const length = output.length + 1;
    bias = adapt(place - before, length, before === 0);
    code += Math.floor(place / length);
    place %= length;
    if (code > maxCode || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    output.splice(place, 0, code);
    place += 1;
  }
  return String.fromCodePoint(...output);
}
