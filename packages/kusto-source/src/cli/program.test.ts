import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';

/** What the command line writes to stdout. */
async function written(...args: readonly string[]): Promise<string> {
  let text = '';
  const sink = (): Writable =>
    new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        text += chunk;
        done();
      },
    });
  const context = { env: {}, stdout: sink(), stderr: sink(), signal: new AbortController().signal };
  await assert.rejects(
    createProgram(context, '1.2.3').parseAsync(['node', 'drasi-kusto', ...args]),
    (error) => error instanceof CommanderError && error.exitCode === 0,
  );
  return text;
}

const commands = ['quickstart', 'check', 'snapshot', 'watch', 'run', 'proxy', 'reactivator'];

describe('the help', () => {
  it('of every command fits a terminal of 80 columns, with an example or its environment', async () => {
    for (const args of [['--help'], ...commands.map((command) => [command, '--help'])]) {
      const text = await written(...args);
      assert.match(text, /^(Examples|Environment):/m, args[0]);
      for (const line of text.split('\n')) assert.ok(line.length <= 80, `${args[0]}: ${line}`);
    }
  });

  it('names every command, and what every exit code means', async () => {
    const text = await written('--help');
    for (const command of commands) assert.match(text, new RegExp(`^ {2}${command} `, 'm'));
    assert.match(text, /0 done, 1 failure, 2 configuration, 3 unreachable, 4 denied/);
  });
});
