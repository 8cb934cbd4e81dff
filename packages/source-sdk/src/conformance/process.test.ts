import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastWords } from './process.ts';

describe('lastWords', () => {
  it('are the end of what was said', () => {
    assert.equal(lastWords(' \n'), 'it said nothing');
    assert.equal(lastWords('a\nb\nc\nd\n'), 'its last words: b | c | d');
  });

  it('hold the reason that a stack trace of Node begins with', () => {
    const trace = [
      'FatalSourceError: SOURCE_ID is missing',
      '    at refuse (file:///app/environment.js:3:11)',
      '    at run (file:///app/run.js:1:1) {',
      "  code: 'BAD_CONFIGURATION'",
      '}',
      '',
      'Node.js v24.21.0',
    ].join('\n');
    assert.match(lastWords(trace), /SOURCE_ID is missing/);
    assert.doesNotMatch(lastWords(trace), /v24|at refuse/);
    assert.equal(lastWords('}\n'), 'its last words: }');
  });
});
