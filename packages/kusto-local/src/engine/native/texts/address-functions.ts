/** ipv4_…(), ipv6_…(), parse_ip…(), format_ip…() and has_…ipv4…(). */
import type { Network } from './addresses.ts';
import { dottedAddress, dottedText, masked, parseV4, parseV6, v6Text } from './addresses.ts';
import { isArray, readJson, stringLeaf, stringOf, textOf, writeJson } from '../dynamic/json.ts';
import type { NativeTable } from '../text-function.ts';
import { native } from '../text-function.ts';

type Bits = 128 | 32;

function parse(text: string, bits: Bits): Network | undefined {
  return bits === 32 ? parseV4(text) : parseV6(text);
}

/** A prefix argument: the bits when the call has none (''), undefined when it is null or out of range. */
function prefixArgument(text: string, bits: Bits): number | undefined {
  if (text === '') return bits;
  const prefix = text === 'null' ? -1 : Number(text);
  return prefix >= 0 && prefix <= bits ? prefix : undefined;
}

/** -1, 0 or 1 under the shortest of the prefixes; undefined when something is no address. */
function compare(first: string, second: string, prefix: string, bits: Bits): -1 | 0 | 1 | undefined {
  const a = parse(first, bits);
  const b = parse(second, bits);
  const given = prefixArgument(prefix, bits);
  if (a === undefined || b === undefined || given === undefined) return undefined;
  const common = Math.min(a.prefix, b.prefix, given);
  const [x, y] = [masked(a.address, common, bits), masked(b.address, common, bits)];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

function comparing(bits: Bits) {
  return (a: string, b: string, prefix: string): string => String(compare(a, b, prefix, bits) ?? null);
}

function matching(bits: Bits) {
  return (a: string, b: string, prefix: string): string => {
    const order = compare(a, b, prefix, bits);
    return order === undefined ? 'null' : String(order === 0);
  };
}

/** Whether an address lies in a range: the range's prefix counts, the address is taken whole. */
function inRange(address: string, range: string, bits: Bits): boolean | undefined {
  const a = parse(address, bits);
  const b = parse(range, bits);
  if (a === undefined || b === undefined) return undefined;
  return masked(a.address, b.prefix, bits) === masked(b.address, b.prefix, bits);
}

/** Ranges: texts and arrays of texts. */
function inAnyRange(bits: Bits) {
  return (address: string, ranges: string): string => {
    const given = readJson(ranges);
    const list = (isArray(given) ? given : [given]).flatMap((range) => (isArray(range) ? range : [range]));
    if (parse(address, bits) === undefined) return 'null';
    const answers = new Set(list.map((range) => inRange(address, textOf(range), bits)));
    if (answers.has(true)) return 'true';
    return answers.has(undefined) ? 'null' : 'false';
  };
}

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

function isPrivate(text: string): string {
  const network = parseV4(text);
  if (network === undefined) return 'null';
  const address = dottedText(masked(network.address, network.prefix, 32));
  return String(privateRanges.some((range) => inRange(address, range, 32) === true));
}

/** Start and end of a range as the fewest networks. */
function cidrList(from: string, to: string): string {
  const end = dottedAddress(to.trim());
  let start = dottedAddress(from.trim());
  if (start === undefined || end === undefined || start > end) return 'null';
  const list: string[] = [];
  while (start <= end) {
    let size = start === 0n ? 1n << 32n : start & -start;
    while (start + size - 1n > end) size >>= 1n;
    list.push(`${dottedText(start)}/${33 - size.toString(2).length}`);
    start += size;
  }
  return writeJson(list.map((range) => stringLeaf(range)));
}

function parseV4Long(text: string, prefix: string): string {
  const network = parseV4(text);
  const given = prefixArgument(prefix, 32);
  if (network === undefined || given === undefined) return 'null';
  return masked(network.address, Math.min(network.prefix, given), 32).toString();
}

function parseV6Text(text: string, prefix: string): string {
  const network = parseV6(text);
  const given = prefixArgument(prefix, 128);
  if (network === undefined || given === undefined) return '';
  return v6Text(masked(network.address, Math.min(network.prefix, given), 128));
}

/** The address as a text or a number; `suffix` says whether the mask is written behind it. */
function format(suffix: boolean) {
  return (text: string, prefix: string): string => {
    const number = /^\d{1,10}$/.test(text) ? BigInt(text) : undefined;
    const network =
      number === undefined ? parseV4(text) : number < 1n << 32n ? { address: number, prefix: 32 } : undefined;
    const given = prefixArgument(prefix, 32);
    if (network === undefined || given === undefined) return '';
    const bits = Math.min(network.prefix, given);
    return dottedText(masked(network.address, bits, 32)) + (suffix ? `/${bits}` : '');
  };
}

/** Looks ahead, so that addresses may overlap as in `1.2.3.4.5`. */
const addressInText = /(?<![\p{L}\p{N}])(?=(\d{1,3}(?:\.\d{1,3}){3})(?![\p{L}\p{N}]))/gu;

/** Whether one of the addresses stands in the text, between characters that are no letters and no digits. */
function hasAddress(text: string, list: string, accepts: (found: string, wanted: string) => boolean): string {
  const given = readJson(list);
  const flat = (isArray(given) ? given : [given]).flatMap((item) => (isArray(item) ? item : [item]));
  const wanted = flat.map((item) => stringOf(item)).filter((item) => item !== undefined);
  const found = [...text.matchAll(addressInText)]
    .map((match) => match[1] ?? '')
    .filter((one) => dottedAddress(one) !== undefined);
  return String(found.some((one) => wanted.some((item) => accepts(one, item))));
}

/** A prefix is a whole address, or one that is cut behind a dot. */
function startsWithPrefix(found: string, prefix: string): boolean {
  if (dottedAddress(prefix) !== undefined) return found === prefix;
  const complete = `${prefix}${'0.'.repeat(4)}`.split('.').slice(0, 4).join('.');
  return prefix.endsWith('.') && dottedAddress(complete) !== undefined && found.startsWith(prefix);
}

export const addressNatives: NativeTable = {
  format_ipv4: native(2, format(false)),
  format_ipv4_mask: native(2, format(true)),
  has_any_ipv4: native(2, (text, list) =>
    hasAddress(text, list, (found, wanted) => dottedAddress(wanted) !== undefined && found === wanted),
  ),
  has_any_ipv4_prefix: native(2, (text, list) => hasAddress(text, list, startsWithPrefix)),
  ipv4_compare: native(3, comparing(32)),
  ipv4_is_in_any_range: native(2, inAnyRange(32)),
  ipv4_is_match: native(3, matching(32)),
  ipv4_is_private: native(1, isPrivate),
  ipv4_netmask_suffix: native(1, (text) => String(parseV4(text)?.prefix ?? null)),
  ipv4_range_to_cidr_list: native(2, cidrList),
  ipv6_compare: native(3, comparing(128)),
  ipv6_is_in_any_range: native(2, inAnyRange(128)),
  ipv6_is_match: native(3, matching(128)),
  parse_ipv4: native(2, parseV4Long),
  parse_ipv6: native(2, parseV6Text),
};
