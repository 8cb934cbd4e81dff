/** Base64, compression, Punycode and percent encoding. What cannot be decoded gives '' (or null for arrays). */
import { gunzipSync, inflateSync } from 'node:zlib';
import { arrayOf } from '../dynamic/arrays.ts';
import { numberOf } from '../dynamic/json.ts';
import type { NativeTable } from '../text-function.ts';
import { native } from '../text-function.ts';
import { decodePunycode, encodePunycode } from './punycode.ts';

/** At most this many bytes come out of a decompression: a small text can stand for gigabytes. */
const maxDecompressed = 32 * 1024 * 1024;

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesOf(text: string): Buffer | undefined {
  return base64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '';
  }
}

function toArray(text: string): string {
  const bytes = bytesOf(text);
  return bytes === undefined ? 'null' : `[${[...bytes].join(',')}]`;
}

function fromArray(text: string): string {
  const bytes = (arrayOf(text) ?? []).map((item) => numberOf(item));
  if (bytes.some((byte) => byte === undefined || !Number.isInteger(byte) || byte < 0 || byte > 255))
    return '';
  return Buffer.from(bytes.map(Number)).toString('base64');
}

/** The bytes of a guid in .NET's order: the first three groups with their lowest byte first. */
function fromGuid(text: string): string {
  const [a = '', b = '', c = '', ...rest] = text.split('-');
  const swapped = [a, b, c].map((group) => Buffer.from(group, 'hex').reverse());
  return Buffer.concat([...swapped, Buffer.from(rest.join(''), 'hex')]).toString('base64');
}

function decompress(text: string, inflate: (bytes: Buffer) => Buffer): string {
  const bytes = bytesOf(text);
  if (bytes === undefined || bytes.length === 0) return '';
  try {
    return utf8(inflate(bytes));
  } catch {
    return '';
  }
}

/** The header's flags must be zero: optional fields are not supported, as documented. */
function gunzip(bytes: Buffer): Buffer {
  if (bytes[3] !== 0) return Buffer.alloc(0);
  return gunzipSync(bytes, { maxOutputLength: maxDecompressed });
}

const separators = /[.\u3002\uff0e\uff61]/;
const ascii = /^[\0-\x7f]*$/;

function domainToPunycode(domain: string): string {
  const labels = domain.split(separators).map((label) => (ascii.test(label) ? label : encodeLabel(label)));
  return labels.includes(undefined) ? '' : labels.join('.');
}

function encodeLabel(label: string): string | undefined {
  const encoded = encodePunycode(label);
  return encoded === undefined ? undefined : `xn--${encoded}`;
}

function domainFromPunycode(domain: string): string {
  const labels = domain
    .split('.')
    .map((label) => (/^xn--/i.test(label) ? decodePunycode(label.slice(4)) : label));
  return labels.includes(undefined) ? '' : labels.join('.');
}

/** As .NET's WebUtility does: letters, digits and `-_.!*()` stay, a space becomes the given text, hexadecimal in lower case. */
function percentEncode(text: string, space: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[A-Za-z0-9\-_.!*()]/.test(character)) return character;
      return character === ' ' ? space : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

export const encodingNatives: NativeTable = {
  base64_decode_toarray: native(1, toArray),
  base64_decode_tostring: native(1, (text) => utf8(bytesOf(text) ?? new Uint8Array())),
  base64_encode_fromarray: native(1, fromArray),
  base64_encode_fromguid: native(1, fromGuid),
  gzip_decompress: native(1, (text) => decompress(text, gunzip)),
  punycode_domain_from_string: native(1, domainFromPunycode),
  punycode_domain_to_string: native(1, domainToPunycode),
  punycode_from_string: native(1, (text) => encodePunycode(text) ?? ''),
  punycode_to_string: native(1, (text) => decodePunycode(text) ?? ''),
  url_encode: native(2, percentEncode),
  zlib_decompress: native(1, (text) =>
    decompress(text, (bytes) => inflateSync(bytes, { maxOutputLength: maxDecompressed })),
  ),
};
