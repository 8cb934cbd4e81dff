/** Changes of an input: bytes, stretches, tokens, numbers, nesting; and pieces of other inputs. */
import type { Random } from './random.ts';

export interface MutationSources {
  /** Inputs to take pieces of. Not empty. */
  readonly corpus: readonly Uint8Array[];
  /** Words that mean something to the target. */
  readonly tokens: readonly string[];
}

/** Larger inputs are slow to run and find little that smaller ones do not. */
const MAX_BYTES = 64 * 1024;

const BYTES = [0x00, 0x0a, 0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xef, 0xf0, 0xff];
const NUMBERS = [
  '-1',
  '-0',
  '0',
  '1e9',
  '1e400',
  '-1e-400',
  '00',
  '0x7fffffff',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '9223372036854775808',
  '-9223372036854775809',
  '9'.repeat(400),
  'NaN',
  '1.',
  '.5',
];
/** What opens a level, and what closes it. */
const NESTS = [
  ['[', ']'],
  ['{"a":', '}'],
  ['[[{"":', '}]]'],
  ['(', ')'],
  ['- ', ''],
  ['? ', ''],
] as const;
const WORD = /[A-Za-z_][\w-]*|"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[^\s\w]/g;

type Step = (input: Buffer, random: Random, sources: MutationSources) => Buffer;

/** `input` with the bytes from `from` up to `to` replaced. */
function replaced(input: Buffer, from: number, to: number, piece: Uint8Array | string): Buffer {
  return Buffer.concat([input.subarray(0, from), Buffer.from(piece as string), input.subarray(to)]);
}

function stretch(input: Uint8Array, random: Random): readonly [from: number, to: number] {
  const from = random.below(input.length + 1);
  const longest = random.below(4) === 0 ? input.length : 16;
  return [from, Math.min(input.length, from + 1 + random.below(longest))];
}

/** A token of the text, byte for byte: any byte is a character in latin1. */
function word(input: Buffer, random: Random, which: RegExp = WORD): readonly [from: number, to: number] {
  const found = [...input.toString('latin1').matchAll(which)];
  if (found.length === 0) return stretch(input, random);
  const match = random.pick(found);
  return [match.index, match.index + match[0].length];
}

const steps: readonly Step[] = [
  function flipBit(input, random) {
    const at = random.below(input.length);
    return replaced(input, at, at + 1, [(input[at] ?? 0) ^ (1 << random.below(8))] as unknown as Uint8Array);
  },
  function setByte(input, random) {
    const at = random.below(input.length);
    return replaced(input, at, at + 1, Buffer.of(random.pick(BYTES)));
  },
  function insertByte(input, random) {
    const at = random.below(input.length + 1);
    return replaced(input, at, at, Buffer.of(random.below(2) === 0 ? random.pick(BYTES) : random.below(256)));
  },
  function truncate(input, random) {
    return input.subarray(0, random.below(input.length));
  },
  function removeStretch(input, random) {
    return replaced(input, ...stretch(input, random), '');
  },
  function repeatStretch(input, random) {
    const [from, to] = stretch(input, random);
    const times = random.below(8) === 0 ? 1 + random.below(200) : 1;
    return replaced(input, to, to, Buffer.concat(Array(times).fill(input.subarray(from, to)) as Buffer[]));
  },
  function moveStretch(input, random) {
    const [from, to] = stretch(input, random);
    const piece = Buffer.from(input.subarray(from, to));
    const rest = replaced(input, from, to, '');
    const at = random.below(rest.length + 1);
    return replaced(rest, at, at, piece);
  },
  function splice(input, random, { corpus }) {
    const other = random.pick(corpus);
    const at = random.below(input.length + 1);
    return Buffer.concat([input.subarray(0, at), other.subarray(random.below(other.length + 1))]);
  },
  function pieceOfAnother(input, random, { corpus }) {
    const other = random.pick(corpus);
    return replaced(input, ...stretch(input, random), other.subarray(...stretch(other, random)));
  },
  function removeWord(input, random) {
    return replaced(input, ...word(input, random), '');
  },
  function repeatWord(input, random) {
    const [from, to] = word(input, random);
    return replaced(input, to, to, input.subarray(from, to));
  },
  function swapWords(input, random) {
    const [a, b] = [word(input, random), word(input, random)].toSorted((one, two) => one[0] - two[0]);
    if (a === undefined || b === undefined || a[1] > b[0]) return input;
    const first = Buffer.from(input.subarray(...a));
    return replaced(replaced(input, b[0], b[1], first), a[0], a[1], input.subarray(...b));
  },
  function otherWord(input, random, { tokens }) {
    if (tokens.length === 0) return input;
    return replaced(input, ...word(input, random), random.pick(tokens));
  },
  function insertToken(input, random, { tokens }) {
    if (tokens.length === 0) return input;
    const at = random.below(2) === 0 ? random.below(input.length + 1) : word(input, random)[1];
    return replaced(input, at, at, random.pick(tokens));
  },
  function otherNumber(input, random) {
    return replaced(input, ...word(input, random, /-?\d+(?:\.\d+)?/g), random.pick(NUMBERS));
  },
  function nest(input, random) {
    const [from, to] = word(input, random);
    const [open, close] = random.pick(NESTS);
    const depth = random.below(3) === 0 ? 2 + random.below(3_000) : 1 + random.below(4);
    const inner = input.subarray(from, to).toString('latin1');
    const text = open.repeat(depth) + (random.below(4) === 0 ? '' : inner + close.repeat(depth));
    return replaced(input, from, to, Buffer.from(text, 'latin1'));
  },
];

/** One input more: `input` after a few changes. */
export function mutate(input: Uint8Array, random: Random, sources: MutationSources): Uint8Array {
  let result: Buffer = Buffer.from(input);
  for (let left = 1 + random.below(random.below(4) === 0 ? 8 : 3); left > 0; left--)
    result = random.pick(steps)(result, random, sources).subarray(0, MAX_BYTES);
  return result;
}
