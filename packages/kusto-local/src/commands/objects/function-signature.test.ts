import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, constantFrom, option, property, record, string } from 'fast-check';
import '../../testing/fixed-seed.ts';
import { parametersText } from '../../engine/catalog/csl-text.ts';
import { CommandReader } from '../command-reader.ts';
import { readParameters } from './function-signature.ts';

test('parameters are read as they are written', () => {
  const read = (text: string): unknown => readParameters(new CommandReader(text)).parameters;
  assert.deepEqual(read('()'), []);
  assert.deepEqual(read('(a:long, b : date = datetime(2020-01-01, 2), c:string=", = : )")'), [
    { name: 'a', type: 'long' },
    { name: 'b', type: 'datetime', defaultValue: 'datetime(2020-01-01, 2)' },
    { name: 'c', type: 'string', defaultValue: '", = : )"' },
  ]);
  assert.deepEqual(read("(T:(x:long,\n y:string), ['a b']:int, U:(*))"), [
    { name: 'T', type: '(x:long, y:string)' },
    { name: 'a b', type: 'int' },
    { name: 'U', type: '(*)' },
  ]);
});

test('what is written of parameters is read back', () => {
  const parameter = record(
    {
      name: string({ unit: constantFrom('a', 'B', '_', 'é'), minLength: 1 }),
      type: constantFrom('long', 'string', 'dynamic', '(x:long, y:real)', '(*)'),
      defaultValue: option(constantFrom('5', '"a,b)"', 'dynamic({"a":[1, 2]})', "'='", '1h'), {
        nil: undefined,
      }),
    },
    { requiredKeys: ['name', 'type'] },
  );
  check(
    property(array(parameter, { maxLength: 5 }), (drawn) => {
      const given = drawn.map(({ name, type, defaultValue }) => ({
        name,
        type,
        ...(defaultValue === undefined ? {} : { defaultValue }),
      }));
      const { parameters } = readParameters(new CommandReader(parametersText(given)));
      assert.deepEqual(parameters, given);
    }),
  );
});
