/** parse_…() of texts other than JSON. */
import type { Call } from '../context.ts';
import { unsupported } from '../../refusal.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { nativeFunction } from './native-call.ts';

function refused(why: string): ScalarFunction {
  return {
    min: 0,
    max: Number.POSITIVE_INFINITY,
    compile: (call: Call) => {
      throw unsupported(`'${call.name}' (${why})`, call.span);
    },
  };
}

const url = nativeFunction('parse_url', ['text'], 'dynamic');
const query = nativeFunction('parse_urlquery', ['text'], 'dynamic');

export const parserFunctions: FunctionTable = {
  parse_csv: nativeFunction('parse_csv', ['text'], 'dynamic'),
  parse_path: nativeFunction('parse_path', ['text'], 'dynamic'),
  parse_url: url,
  parse_urlquery: query,
  parse_user_agent: refused('it needs a list of browsers'),
  parse_version: refused('its decimals have up to 32 digits before the point, and 20 are held here'),
  parse_xml: nativeFunction('parse_xml', ['text'], 'dynamic'),
  parseurl: url,
  parseurlquery: query,
};
