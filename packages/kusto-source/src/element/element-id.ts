/**
 * Ids of elements: `<label>:<k1>,<k2>`. One function for bootstrap and feed (invariant I4), injective: components
 * percent-encode `%`, `:` and `,`, and a null key is `%00`, which no text encodes to. Ids of relations begin with
 * `rel:`, and `rel` is refused as a label, so the id spaces of nodes and relations are disjoint.
 */
export function elementId(label: string, key: readonly (string | null)[]): string {
  return `${idComponent(label)}:${key.map((part) => (part === null ? nullComponent : idComponent(part))).join(',')}`;
}

export const nullComponent = '%00';

export function idComponent(text: string): string {
  return text.replaceAll(/[%:,]/g, (character) => (character === '%' ? '%25' : character === ':' ? '%3A' : '%2C'));
}
