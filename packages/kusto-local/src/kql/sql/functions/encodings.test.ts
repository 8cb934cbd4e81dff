import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('encodings', () => {
  const harness = testHarness([]);

  it('base64', async () => {
    await checkValues(harness, {
      "base64_decode_toarray('S3VzdG8=')": '[75,117,115,116,111]',
      "base64_decode_toarray('$')": 'null',
      "base64_decode_tostring('S3VzdG8=')": "'Kusto'",
      "base64_decode_tostring('U3RyaW5n0KHR0tGA0L7Rh9C60LA=')": "''",
      "base64_decodestring('S3VzdG8=')": "'Kusto'",
      'base64_encode_fromarray(dynamic([75, 117, 115, 116, 111]))': "'S3VzdG8='",
      'base64_encode_fromarray(dynamic([256]))': "''",
      'base64_encode_fromarray(dynamic(null))': "''",
      "base64_encode_fromguid(toguid('ae3133f2-6e22-49ae-b06a-16e6a9b212eb'))": "'8jMxriJurkmwahbmqbIS6w=='",
      "base64_encode_tostring('é')": "'w6k='",
      "base64_encodestring('Kusto')": "'S3VzdG8='",
    });
  });

  it('compression', async () => {
    await checkValues(harness, {
      "gzip_decompress_from_base64_string('H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==')":
        "'1234567890qwertyuiop'",
      "gzip_decompress_from_base64_string('x0x0x0')": "''",
      "zlib_decompress_from_base64_string('eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=')": "'Test string 123'",
      "zlib_decompress_from_base64_string('x0x0x0')": "''",
    });
  });

  it('Punycode', async () => {
    await checkValues(harness, {
      "punycode_from_string('académie-française')": "'acadmie-franaise-npb1a'",
      "punycode_from_string('艺术')": "'cqv902d'",
      "punycode_to_string('acadmie-franaise-npb1a')": "'académie-française'",
      "punycode_to_string('é')": "''",
      "punycode_domain_to_string('Riðill｡Skáldskaparmál｡org')": "'xn--Riill-jta.xn--Skldskaparml-dbbj.org'",
      "punycode_domain_from_string('xn--Ry-lja8c.xn--Jng-uta63a.xn--Bng-9ka.com')": "'Rúyì.Jīngū.Bàng.com'",
    });
  });

  it('hexadecimal and percent encoding', async () => {
    await checkValues(harness, {
      'tohex(256)': "'100'",
      'tohex(-256)': "'ffffffffffffff00'",
      'tohex(toint(-256), 8)': "'ffffff00'",
      'tohex(256, 8)': "'00000100'",
      'tohex(256, 2)': "'100'",
      'tohex(1, 20)': "'0000000000000001'",
      'tohex(long(null))': "''",
      "url_encode('https://www.bing.com/hello world')": "'https%3a%2f%2fwww.bing.com%2fhello+world'",
      "url_encode_component('https://www.bing.com/hello world/')":
        "'https%3a%2f%2fwww.bing.com%2fhello%20world%2f'",
      "url_encode('ä')": "'%c3%a4'",
      "url_decode('https%3a%2f%2fwww.bing.com%2f')": "'https://www.bing.com/'",
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      "print gzip_compress_to_base64_string('x')": ['SEM0001', /compressor/],
      "print base64_decode_toguid('JpbpECu8dUy7Pv5gbeJXAA==')": ['SEM0001', /contradict/],
      "print base64_encode_fromguid('abcd1231')": ['SEM0100', /type guid/],
      'print tohex(1.5)': ['SEM0100', /integer/],
    });
  });
});
