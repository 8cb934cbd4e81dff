import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, double, integer, property } from 'fast-check';
import '../testing/fixed-seed.ts';
import { FaultPlan } from './fault-plan.ts';
import { readFaultRules, type FaultRule } from './fault-rule.ts';
import { hashFraction, seededRandom } from './random.ts';

const subject = { kind: 'query', text: 'T | count', database: 'db' } as const;
const action = { delayMs: 1 };

function taken(rules: readonly FaultRule[], count: number, seed = 0): boolean[] {
  const plan = new FaultPlan();
  plan.set(rules, seed);
  return Array.from({ length: count }, () => plan.take(subject) !== undefined);
}

test('conditions: all that are given hold', () => {
  const holds = (rule: Omit<FaultRule, 'action'>): boolean => taken([{ ...rule, action }], 1)[0] === true;
  assert.equal(holds({}), true);
  assert.equal(holds({ kind: 'query', text: '^t \\| COUNT$', database: 'db' }), true);
  assert.equal(holds({ kind: 'command' }), false);
  assert.equal(holds({ text: '^count' }), false);
  assert.equal(holds({ database: 'DB' }), false);
});

test('nth and times count the requests that meet the conditions', () => {
  assert.deepEqual(taken([{ nth: 2, action }], 4), [false, true, false, false]);
  assert.deepEqual(taken([{ nth: [1, 3], action }], 4), [true, false, true, false]);
  assert.deepEqual(taken([{ times: 2, action }], 4), [true, true, false, false]);
  const plan = new FaultPlan();
  plan.set([{ text: 'T', nth: 2, action }]);
  assert.equal(plan.take(subject), undefined);
  assert.equal(plan.take({ ...subject, text: 'U' }), undefined);
  assert.equal(plan.take(subject), action);
  assert.deepEqual(plan.rules, [{ rule: { text: 'T', nth: 2, action }, matched: 2, applied: 1 }]);
  plan.clear();
  assert.equal(plan.isEmpty, true);
});

test('the first rule that holds is applied; those behind it count on', () => {
  const plan = new FaultPlan();
  const second = { status: 503 };
  plan.set([
    { nth: 1, action },
    { nth: [1, 2], action: second },
  ]);
  assert.deepEqual([plan.take(subject), plan.take(subject), plan.take(subject)], [action, second, undefined]);
});

test('a probability is met about so often, and the same with the same seed', () => {
  check(
    property(integer({ min: 0, max: 1e9 }), double({ min: 0, max: 1, noNaN: true }), (seed, probability) => {
      const first = taken([{ probability, action }], 400, seed);
      assert.deepEqual(taken([{ probability, action }], 400, seed), first);
      const share = first.filter(Boolean).length / 400;
      assert.ok(Math.abs(share - probability) < 0.15, `${share} of ${probability}`);
    }),
    { numRuns: 50 },
  );
  assert.notDeepEqual(
    taken([{ probability: 0.5, action }], 50, 1),
    taken([{ probability: 0.5, action }], 50, 2),
  );
});

test('random numbers are from 0 to below 1', () => {
  check(
    property(integer(), (seed) => {
      const value = seededRandom(seed)();
      return value >= 0 && value < 1 && hashFraction(String(seed)) === hashFraction(String(seed));
    }),
  );
});

test('rules from outside: what is wrong is named', () => {
  const good = { name: 'n', kind: 'query', nth: [1], probability: 0.5, times: 1, action: { status: 429 } };
  assert.deepEqual(readFaultRules([good]), [good]);
  for (const [rule, message] of [
    [7, /rule 1: a rule is a JSON object/],
    [{}, /action is a JSON object/],
    [{ action: {} }, /action says nothing/],
    [{ action: { status: 200 } }, /status is from 400 to 599/],
    [{ action: { delay: 5 } }, /no 'delay'; known are body, bytesPerSecond/],
    [{ action: { delayMs: -1 } }, /delayMs is a whole number/],
    [{ action: { hasErrors: 1 } }, /hasErrors is true or false/],
    [{ action: { retryAfterSeconds: 1 } }, /retryAfterSeconds needs status/],
    [{ action: { status: 500, cutAfterRows: 1 } }, /cutAfterRows is of an answer/],
    [{ action: { bytesPerSecond: 0 } }, /bytesPerSecond is a whole number from 1/],
    [{ action, when: 1 }, /no 'when'/],
    [{ action, kind: 'all' }, /kind is query, command or ingest/],
    [{ action, text: '(' }, /[Ii]nvalid regular expression/],
    [{ action, nth: 0 }, /nth is a number from 1/],
    [{ action, probability: 2 }, /probability is a number from 0 to 1/],
  ] as const) {
    assert.throws(() => readFaultRules([rule]), message);
  }
  assert.throws(() => readFaultRules({}), /JSON array/);
});
