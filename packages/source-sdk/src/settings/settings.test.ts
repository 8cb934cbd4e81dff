import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { readSettings, setting } from './settings.ts';

const list = (value: unknown): readonly number[] => {
  if (!Array.isArray(value)) throw new Error('an array');
  return value.map(Number);
};

describe('readSettings', () => {
  it('gives every kind its type', () => {
    const read = readSettings(
      {
        HOST: ' h ',
        PORT: '80',
        RATIO: '0.5',
        TLS: 'True',
        TABLES: 'a, b',
        MODE: 'fast',
        SHAPE: '[1,2]',
        KEY: 'hush',
        EMPTY: ' ',
      },
      {
        HOST: setting.text(),
        PORT: setting.integer({ min: 1, max: 65_535 }),
        RATIO: setting.number({ max: 1 }),
        TLS: setting.flag(),
        TABLES: setting.list(),
        MODE: setting.choice(['fast', 'safe']),
        SHAPE: setting.json(list),
        KEY: setting.secret(),
        EMPTY: setting.optional(setting.text()),
        NONE: setting.integer({ default: 7 }),
      },
    );
    const { KEY, ...rest } = read;
    const mode: 'fast' | 'safe' = rest.MODE;
    const none: number = rest.NONE;
    assert.deepEqual([mode, none, rest.EMPTY], ['fast', 7, undefined]);
    assert.deepEqual(rest, {
      HOST: 'h',
      PORT: 80,
      RATIO: 0.5,
      TLS: true,
      TABLES: ['a', 'b'],
      MODE: 'fast',
      SHAPE: [1, 2],
      EMPTY: undefined,
      NONE: 7,
    });
    assert.equal(KEY.reveal(), 'hush');
    for (const shown of [inspect(read), JSON.stringify(read), String(KEY)])
      assert.doesNotMatch(shown, /hush/);
  });

  it('tells everything that is wrong at once, by name', () => {
    const env = {
      PORT: '70000',
      N: '1.5',
      BIG: '9007199254740993',
      TLS: 'yes',
      L: 'a,,b',
      MODE: 'slow',
      J: '{',
      S: '{}',
      T: 'x y',
    };
    const settings = {
      HOST: setting.text(),
      PORT: setting.integer({ min: 1, max: 65_535 }),
      N: setting.integer(),
      BIG: setting.integer(),
      TLS: setting.flag(),
      L: setting.list(),
      MODE: setting.choice(['fast', 'safe']),
      J: setting.json(list),
      S: setting.json(list),
      T: setting.text({ pattern: /^\w+$/, form: 'one word' }),
    };
    assert.throws(
      () => readSettings(env, settings),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'BAD_CONFIGURATION');
        const problems = error.message.split('; ');
        assert.deepEqual(problems.toSpliced(7, 1), [
          'HOST is missing',
          'PORT must be an integer, 1 or more, 65535 or less',
          'N must be an integer',
          'BIG must be an integer',
          'TLS must be true or false',
          'L must be texts between commas, none of them empty',
          'MODE must be one of fast, safe',
          'S must be an array',
          'T must be one word',
        ]);
        assert.match(problems[7] ?? '', /^J must be JSON: /);
        return true;
      },
    );
  });
});
