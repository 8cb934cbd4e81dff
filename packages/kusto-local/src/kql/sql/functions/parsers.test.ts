import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('texts taken apart', () => {
  const harness = testHarness([]);

  it('URLs and paths', async () => {
    await checkValues(harness, {
      "parse_url('scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment')":
        '{"Scheme":"scheme","Host":"host","Port":"1234","Path":"this/is/a/path","Username":"username","Password":"password","Query Parameters":{"k1":"v1","k2":"v2"},"Fragment":"fragment"}',
      "parse_url('https://bing.com').Host": '"bing.com"',
      "parse_url('http://[::1]:80/a')['Port']": '"80"',
      "parse_url('bing.com')": 'null',
      "parseurl('https://bing.com').Scheme": '"https"',
      "parseurlquery('a=1')": '{"Query Parameters":{"a":"1"}}',
      "tostring(parse_url('https://a/?q=x')['Query Parameters'].q)": "'x'",
      "parse_urlquery('k1=v1&k2=v2&k3=v3')": '{"Query Parameters":{"k1":"v1","k2":"v2","k3":"v3"}}',
      "parse_urlquery('a=b=c&flag')": '{"Query Parameters":{"a":"b=c","flag":""}}',
      "parse_path(@'C:\\temp\\file.txt')":
        '{"Scheme":"","RootPath":"C:","DirectoryPath":"C:\\\\temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":""}',
      "parse_path('file://C:/temp/file.txt:some.exe')":
        '{"Scheme":"file","RootPath":"C:","DirectoryPath":"C:/temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":"some.exe"}',
      "parse_path('/usr/lib/temp/file.txt').DirectoryPath": '"/usr/lib/temp"',
      "parse_path(@'\\\\shared\\users\\temp\\file.txt.gz').Extension": '"gz"',
    });
  });

  it('records, command lines and XML', async () => {
    await checkValues(harness, {
      'parse_csv(\'aa,"b,b",cc,"x ""y"""\')': '["aa","b,b","cc","x \\"y\\""]',
      "parse_csv('record1,a\\nrecord2,x')": '["record1","a"]',
      "parse_csv('')": '[""]',
      "parse_csv('a,,')": '["a","",""]',
      "parse_command_line('echo \"hello world!\"', 'windows')": '["echo","hello world!"]',
      "parse_command_line(@'p \"a\\\\\" b\\\"c  d', 'Windows')": '["p","a\\\\","b\\"c","d"]',
      "parse_xml('<e/>')": '{"e":null}',
      "parse_xml('<e>text</e>')": '{"e":"text"}',
      'parse_xml(\'<e name="value" />\')': '{"e":{"@name":"value"}}',
      'parse_xml(\'<e name="value">text</e>\')': '{"e":{"@name":"value","#text":"text"}}',
      "parse_xml('<e> <a>text</a> <b>text</b> </e>')": '{"e":{"a":"text","b":"text"}}',
      "parse_xml('<e> <a>text</a> <a>text</a> </e>')": '{"e":{"a":["text","text"]}}',
      "parse_xml('<e> text <a>text</a> </e>')": '{"e":{"#text":"text","a":"text"}}',
      'parse_xml(\'<?xml version="1.0"?><!-- c --><d><v>1.5</v></d>\').d.v': '"1.5"',
      "parse_xml('<a>&lt;&#65;<![CDATA[<b>]]></a>').a": '"<A<b>"',
      "parse_xml('<a><b></a>')": 'null',
      "parse_xml('no xml')": 'null',
      "parse_xml('')": 'null',
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      "print parse_version('1.2')": ['SEM0001', /20 are held/],
      "print parse_user_agent('x', 'browser')": ['SEM0001', /browsers/],
      "print parse_command_line('x', 'bash')": ['SEM0100', /windows/],
    });
  });
});
