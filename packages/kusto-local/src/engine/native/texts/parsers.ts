/** parse_url(), parse_urlquery(), parse_path(), parse_csv(): a text taken apart into a bag or an array. */
import { delimitedRecords } from '../../../formats/delimited.ts';
import type { Json } from '../dynamic/json.ts';
import { stringLeaf, tryReadJson, writeJson } from '../dynamic/json.ts';
import type { NativeTable } from '../text-function.ts';
import { native } from '../text-function.ts';

function bag(slots: Readonly<Record<string, string>>): Map<string, Json> {
  return new Map(Object.entries(slots).map(([key, text]) => [key, stringLeaf(text)]));
}

/** Names and values as they are written; of a name that repeats the last value stays. */
function query(text: string): ReadonlyMap<string, Json> {
  const slots = new Map<string, Json>();
  for (const pair of text.replace(/^\?/, '').split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    const key = cut === -1 ? pair : pair.slice(0, cut);
    slots.set(key, stringLeaf(cut === -1 ? '' : pair.slice(cut + 1)));
  }
  return slots;
}

const url =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)(?:\/\/(?:([^/?#@:]*)(?::([^/?#@]*))?@)?(\[[^\]/?#]*\]|[^/?#:]*)(?::(\d*))?)?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/;

/** Null for a text that is no absolute URL. The path has no slash in front, as in the documented example. */
function parseUrl(text: string): string {
  const match = url.exec(text);
  if (match === null) return 'null';
  const [
    ,
    scheme = '',
    user = '',
    password = '',
    host = '',
    port = '',
    path = '',
    parameters = '',
    fragment = '',
  ] = match;
  const parts = bag({ Scheme: scheme, Host: host, Port: port, Path: path.replace(/^\//, '') });
  for (const [key, slot] of bag({ Username: user, Password: password })) parts.set(key, slot);
  parts.set('Query Parameters', query(parameters));
  parts.set('Fragment', stringLeaf(fragment));
  return writeJson(parts);
}

function parseQuery(text: string): string {
  return writeJson(new Map([['Query Parameters', query(text)]]));
}

/** Both kinds of slashes; a scheme, a drive, a share and an alternate data stream are told apart. */
function parsePath(text: string): string {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(text)?.[1] ?? '';
  let rest = scheme === '' ? text : text.slice(scheme.length + 3);
  // `\\?\` marks a long path and is no part of it.
  if (rest.startsWith('\\\\?\\')) rest = rest.slice(4);
  const root = /^[A-Za-z]:/.exec(rest)?.[0] ?? '';
  const stream = rest.indexOf(':', Math.max(root.length, lastSlash(rest)));
  const alternate = stream === -1 ? '' : rest.slice(stream + 1);
  const path = stream === -1 ? rest : rest.slice(0, stream);
  const cut = lastSlash(path);
  const directory = cut === -1 ? '' : path.slice(0, cut);
  const file = path.slice(cut + 1);
  const dot = file.lastIndexOf('.');
  return writeJson(
    bag({
      Scheme: scheme,
      RootPath: root,
      DirectoryPath: directory,
      DirectoryName: directory === root ? '' : directory.slice(lastSlash(directory) + 1),
      Filename: file,
      Extension: dot === -1 ? '' : file.slice(dot + 1),
      AlternateDataStreamName: alternate,
    }),
  );
}

function lastSlash(text: string): number {
  return Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\'));
}

/** The fields of the first record. */
function parseCsv(text: string): string {
  const [record] = delimitedRecords(text, ',');
  return writeJson((record ?? ['']).map((field) => stringLeaf(field)));
}

/** parse_json() by the letter of JSON: another text is a string. */
function parseJson(text: string): string {
  const value = tryReadJson(text);
  return value === undefined ? stringLeaf(text) : writeJson(value);
}

export const parserNatives: NativeTable = {
  parse_csv: native(1, parseCsv),
  parse_json: native(1, parseJson),
  parse_path: native(1, parsePath),
  parse_url: native(1, parseUrl),
  parse_urlquery: native(1, parseQuery),
};
