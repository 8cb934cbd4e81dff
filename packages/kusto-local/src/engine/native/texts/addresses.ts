/** IPv4 and IPv6 addresses with IP-prefix notation: `<address>[/<bits>]`. */

export interface Network {
  /** The address, not masked. */
  readonly address: bigint;
  /** Leading bits that count: 0 to 32, or 0 to 128. */
  readonly prefix: number;
}

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const dotted = new RegExp(`^${[octet, octet, octet, octet].join('\\.')}$`);

function prefixOf(text: string | undefined, bits: number): number | undefined {
  if (text === undefined) return bits;
  if (!/^\d{1,3}$/.test(text)) return undefined;
  const prefix = Number(text);
  return prefix <= bits ? prefix : undefined;
}

/** The 32 bits of a dotted address. */
export function dottedAddress(text: string): bigint | undefined {
  const match = dotted.exec(text);
  if (match === null) return undefined;
  return match.slice(1).reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

export function parseV4(text: string): Network | undefined {
  const [host = '', suffix, ...more] = text.trim().split('/');
  const address = dottedAddress(host);
  const prefix = prefixOf(suffix, 32);
  return address === undefined || prefix === undefined || more.length > 0 ? undefined : { address, prefix };
}

function groups(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))
    ? parts.map((part) => Number.parseInt(part, 16))
    : undefined;
}

function v6Address(text: string): bigint | undefined {
  // A dotted tail stands for the last two groups.
  const tail = /^(.*:)([\d.]+)$/.exec(text);
  let hex = text;
  if (tail?.[2]?.includes('.') === true) {
    const low = dottedAddress(tail[2]);
    if (low === undefined) return undefined;
    hex = `${tail[1] ?? ''}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const halves = hex.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '');
  const rest = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (head === undefined || rest === undefined) return undefined;
  const missing = 8 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...rest];
  return all.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

const mapped = 0xffffn << 32n;

/**
 * An IPv4 address is read as `::ffff:a.b.c.d`, and so is `::a.b.c.d`; the prefix of either counts from the IPv4 part, 96 bits
 * later (the examples of parse_ipv6_mask() and ipv6_compare()).
 */
export function parseV6(text: string): Network | undefined {
  const [host = '', suffix, ...more] = text.trim().split('/');
  if (more.length > 0) return undefined;
  const bare = dottedAddress(host.startsWith('::') ? host.slice(2) : host);
  if (bare !== undefined) {
    const prefix = prefixOf(suffix, 32);
    return prefix === undefined ? undefined : { address: mapped | bare, prefix: prefix + 96 };
  }
  const address = v6Address(host);
  const prefix = prefixOf(suffix, 128);
  return address === undefined || prefix === undefined ? undefined : { address, prefix };
}

/** The address with the bits behind the prefix cleared. */
export function masked(address: bigint, prefix: number, bits: 128 | 32): bigint {
  const rest = BigInt(bits - prefix);
  return (address >> rest) << rest;
}

export function dottedText(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => ((address >> shift) & 0xffn).toString()).join('.');
}

/** Eight groups of four digits. */
export function v6Text(address: bigint): string {
  return (address.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
}
