/** Elements in wire form: `{"id","labels":[],"properties":{},"startId"?,"endId"?}`. */
import type { SourceElement } from '../elements.ts';
import { ErrorCode, FatalSourceError } from '../errors.ts';
import { mapText, stringText } from './json-text.ts';

const refuse = (element: SourceElement, what: string): never => {
  const id = typeof element.id === 'string' && element.id !== '' ? `element "${element.id}"` : 'an element';
  throw new FatalSourceError(ErrorCode.BadElement, `${id} ${what}`);
};

// Ids are compared, so a replacement character would make two elements one: ill-formed text is refused, not repaired.
function nameText(element: SourceElement, value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '')
    return refuse(element, `has no ${what}: it must be a non-empty string`);
  if (!value.isWellFormed()) return refuse(element, `has a ${what} with half a surrogate pair in it`);
  return stringText(value);
}

/** `"startId":…,"endId":…` with a leading comma, or nothing for a node. */
function endsText(element: SourceElement): string {
  const start: unknown = 'startId' in element ? element.startId : undefined;
  const end: unknown = 'endId' in element ? element.endId : undefined;
  if (start === undefined && end === undefined) return '';
  if (start === undefined) refuse(element, 'has endId but no startId: a relation has both, a node neither');
  // The platform's parser panics on startId without endId.
  if (end === undefined) refuse(element, 'has startId but no endId: a relation has both, a node neither');
  return `,"startId":${nameText(element, start, 'startId')},"endId":${nameText(element, end, 'endId')}`;
}

function headText(element: SourceElement): string {
  const id = nameText(element, element.id, 'id');
  if (!Array.isArray(element.labels) || element.labels.length === 0)
    refuse(element, 'has no label: it needs at least one');
  const labels = element.labels.map((label) => nameText(element, label, 'label'));
  return `{"id":${id},"labels":[${labels.join(',')}],"properties":`;
}

/**
 * The JSON text of an element, ASCII, without a line end. `properties` is always there, since the platform requires it.
 * @throws FatalSourceError BAD_ELEMENT
 */
export function elementText(element: SourceElement): string {
  const properties =
    element.properties === undefined ? '{}' : mapText(element.properties, `"${element.id}".properties`);
  return `${headText(element)}${properties}${endsText(element)}}`;
}

/** The element of a delete: what routes it and names it, no properties. */
export function deletedElementText(element: SourceElement): string {
  return `${headText(element)}{}${endsText(element)}}`;
}

/** One element as a JSON object, ASCII, without a line end: the form {@link EncodedChange} takes. */
export function encodeElement(element: SourceElement): Uint8Array {
  return Buffer.from(elementText(element), 'latin1');
}

/** One element as an NDJSON line, `\n` included: the form {@link EncodedElements} takes. */
export function encodeLine(element: SourceElement): Uint8Array {
  return Buffer.from(`${elementText(element)}\n`, 'latin1');
}

/** A relation has both ends, a node neither. */
export function isRelation(element: SourceElement): boolean {
  return 'startId' in element && element.startId !== undefined;
}
