import { createHash } from 'node:crypto';

/** Longer names are cut and told apart by a hash: a file's name has at most 255 bytes. */
const MOST = 120;
const KEPT = 40;

/**
 * An entity's name as a part of keys in the state store. Injective, also where a store does not tell large letters from small ones, and
 * without a hyphen: the keys of one entity's blobs, which go on with one, are never those of another entity.
 */
export function entityStateName(name: string): string {
  let text = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const letter = String.fromCodePoint(byte);
    if (/[a-z0-9_]/.test(letter)) text += letter;
    else if (/[A-Z]/.test(letter)) text += `.${letter.toLowerCase()}`;
    else text += `..${byte.toString(16).padStart(2, '0')}`;
  }
  if (text.length <= MOST) return text;
  // Three dots occur in no name that is whole: two of them are followed by a hexadecimal digit.
  return `${text.slice(0, KEPT)}...${createHash('sha256').update(name).digest('hex')}`;
}
