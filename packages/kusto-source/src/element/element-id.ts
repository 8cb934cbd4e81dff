import type { EntityConfig } from '../config/entity-config.ts';

type Kind = Pick<EntityConfig, 'kind' | 'label'>;

/**
 * Ids of nodes: `<label>:<k1>,<k2>`. One function for bootstrap and feed (invariant I4), injective for keys of one
 * length: components percent-encode `%`, `:` and `,`; half a surrogate pair, which Drasi does not take, is `%uD83D`; and a
 * null key is `%00`, which no text encodes to. Ids of relations begin with `rel:`, and `rel` is refused as a label, so
 * the id spaces of nodes and relations are disjoint.
 */
export function elementId(label: string, key: readonly (string | null)[]): string {
  return `${idComponent(label)}:${key.map((part) => (part === null ? nullComponent : idComponent(part))).join(',')}`;
}

export const nullComponent = '%00';

const ENCODED = /[%:,\p{Surrogate}]/gu;

/** One component of an id: a label or the text of one key column. */
export function idComponent(text: string): string {
  return text.replaceAll(ENCODED, encodeCharacter);
}

function encodeCharacter(character: string): string {
  switch (character) {
    case '%':
      return '%25';
    case ':':
      return '%3A';
    case ',':
      return '%2C';
    default:
      return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`;
  }
}

/** The id of an element: that of a relation is `rel:` before what a node of its label and key would have. */
export function idInEntity({ kind, label }: Kind, key: readonly (string | null)[]): string {
  return `${kind === 'relation' ? relationPrefix : ''}${elementId(label, key)}`;
}

export const relationPrefix = 'rel:';

/** The key of an element, by its id; undefined when the id is not of this entity. */
export function keyInEntity({ kind, label }: Kind, id: string): readonly (string | null)[] | undefined {
  if (kind === 'node') return keyOfId(label, id);
  return id.startsWith(relationPrefix) ? keyOfId(label, id.slice(relationPrefix.length)) : undefined;
}

/** The key of a node of this label, by its id; undefined when the id is none of this label. */
export function keyOfId(label: string, id: string): readonly (string | null)[] | undefined {
  const head = `${idComponent(label)}:`;
  if (!id.startsWith(head)) return undefined;
  return id
    .slice(head.length)
    .split(',')
    .map((part) => (part === nullComponent ? null : part.replaceAll(CODED, decodeCharacter)));
}

const CODED = /%(?:25|3A|2C|u[0-9A-F]{4})/g;

function decodeCharacter(code: string): string {
  return String.fromCharCode(Number.parseInt(code.slice(code[1] === 'u' ? 2 : 1), 16));
}
