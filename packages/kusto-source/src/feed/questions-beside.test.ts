import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QuestionsBeside } from './questions-beside.ts';

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));

describe('questions beside the loop', () => {
  it('are in flight one at a time, in their order (I7)', async () => {
    await using questions = new QuestionsBeside();
    const answers = [1, 2, 3].map(() => Promise.withResolvers<string>());
    const asked: number[] = [];
    const all = answers.map(({ promise }, place) =>
      questions.ask(() => {
        asked.push(place);
        return promise;
      }),
    );
    for (const [place, { resolve }] of answers.entries()) {
      await new Promise((turn) => setImmediate(turn));
      assert.deepEqual(asked, [0, 1, 2].slice(0, place + 1));
      assert.equal(all[place]?.end, undefined);
      resolve(`answer ${place}`);
      await aborted(questions.nextEnd());
      assert.deepEqual(all[place]?.end, { value: `answer ${place}` });
    }
  });

  it('wake who sleeps, with an error as with an answer, which is for whoever looks', async () => {
    await using questions = new QuestionsBeside();
    const error = new Error('refused');
    const refused = questions.ask(() => Promise.reject(error));
    await aborted(questions.nextEnd());
    assert.deepEqual(refused.end, { error });
  });

  it('are over when the loop ends, and those that wait are never asked (R24)', async () => {
    let asked = 0;
    const ended: string[] = [];
    const question = (signal: AbortSignal): Promise<void> => {
      asked += 1;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () =>
          setTimeout(() => {
            ended.push('question');
            reject(new Error('aborted'));
          }, 20),
        );
      });
    };
    {
      await using questions = new QuestionsBeside();
      questions.ask(question);
      questions.ask(question);
      await new Promise((turn) => setImmediate(turn));
    }
    ended.push('loop');
    assert.deepEqual([asked, ended], [1, ['question', 'loop']]);
  });
});
