/** parse_…() of texts other than JSON. */
import type { FunctionTable } from './definition.ts';
import { nativeFunction } from './native-call.ts';

const url = nativeFunction('parse_url', ['text'], 'dynamic');
const query = nativeFunction('parse_urlquery', ['text'], 'dynamic');

export const parserFunctions: FunctionTable = {
  parse_csv: nativeFunction('parse_csv', ['text'], 'dynamic'),
  parse_path: nativeFunction('parse_path', ['text'], 'dynamic'),
  parse_url: url,
  parse_urlquery: query,
  parse_xml: nativeFunction('parse_xml', ['text'], 'dynamic'),
  parseurl: url,
  parseurlquery: query,
};
