/** Base64, percent encoding, Punycode, compression. */
import { invalid } from '../../refusal.ts';
import type { Call } from '../context.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { argument, argumentSpan, template } from './definition.ts';
import { nativeArgument, nativeCall, nativeFunction } from './native-call.ts';

function fromGuid(call: Call): Value {
  const given = argument(call, 0);
  if (given.type !== 'guid') throw invalid('base64_encode_fromguid() takes a guid', argumentSpan(call, 0));
  if (given.nullable)
    return value(
      `CASE WHEN ${given.sql} IS NULL THEN '' ELSE kql_js_base64_encode_fromguid(${given.sql}) END`,
      'string',
    );
  return nativeCall('base64_encode_fromguid', [given.sql], 'string');
}

function urlEncode(spaceText: '%20' | '+'): ScalarFunction {
  return {
    min: 1,
    max: 1,
    compile: (call) =>
      nativeCall('url_encode', [nativeArgument(call, 0, 'text'), `'${spaceText}'`], 'string'),
  };
}

const decode = nativeFunction('base64_decode_tostring', ['text'], 'string');
const encode = template(['string'], 'string', (s) => `to_base64(encode(${s}))`);

export const encodingFunctions: FunctionTable = {
  base64_decode_toarray: nativeFunction('base64_decode_toarray', ['text'], 'dynamic'),
  base64_decode_tostring: decode,
  base64_decodestring: decode,
  base64_encode_fromarray: nativeFunction('base64_encode_fromarray', ['array'], 'string'),
  base64_encode_fromguid: { min: 1, max: 1, compile: fromGuid },
  base64_encode_tostring: encode,
  base64_encodestring: encode,
  gzip_decompress_from_base64_string: nativeFunction('gzip_decompress', ['text'], 'string'),
  punycode_domain_from_string: nativeFunction('punycode_domain_from_string', ['text'], 'string'),
  punycode_domain_to_string: nativeFunction('punycode_domain_to_string', ['text'], 'string'),
  punycode_from_string: nativeFunction('punycode_from_string', ['text'], 'string'),
  punycode_to_string: nativeFunction('punycode_to_string', ['text'], 'string'),
  url_decode: template(['string'], 'string', (s) => `url_decode(replace(${s}, '+', ' '))`),
  url_encode: urlEncode('+'),
  url_encode_component: urlEncode('%20'),
  zlib_decompress_from_base64_string: nativeFunction('zlib_decompress', ['text'], 'string'),
};
