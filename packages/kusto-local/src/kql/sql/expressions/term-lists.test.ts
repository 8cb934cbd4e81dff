import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('lists of terms and of values', () => {
  const harness = testHarness([stormEvents]);

  const count = async (condition: string) =>
    (await harness.run(`StormEvents | where ${condition} | count`)).rows[0];

  it('terms are whole runs of letters and digits', async () => {
    await checkValues(harness, {
      "'North America' has 'america'": 'true',
      "'North America' !has 'amer'": 'true',
      "'North America' has_cs 'America'": 'true',
      "'North America' has_cs 'america'": 'false',
      "'a_b' has 'a'": 'true',
      "'naïve' has 'na'": 'false',
      "'naïve' has 'NAÏVE'": 'true',
      "'x (1) y' has '(1)'": 'true',
      "'KustoExplorerQueryRun' has 'Explorer'": 'false',
      "'North America' hasprefix 'ame'": 'true',
      "'North America' !hasprefix 'mer'": 'true',
      "'North America' hasprefix_cs 'ame'": 'false',
      "'North America' hassuffix 'ICA'": 'true',
      "'North America' !hassuffix 'americ'": 'true',
      "'abc' has ''": 'true',
      "'North America' hasprefix strcat('a', 'me')": 'true',
      "'North America' hasprefix strcat('m', 'er')": 'false',
      "'North America' hassuffix strcat('i', 'ca')": 'true',
      "'North America' hassuffix_cs strcat('I', 'ca')": 'false',
    });
  });

  it('has_any and has_all take terms, arrays and tables', async () => {
    await checkValues(harness, {
      "'North America' has_any ('south', 'north')": 'true',
      "'North America' has_all ('south', 'north')": 'false',
      "'North America' has_any (dynamic(['south', 'north']))": 'true',
      "'a b' has_any (parse_json('[\"B\", 1]'))": 'true',
      "'a b' has_all (parse_json('[\"B\", 1]'))": 'false',
      '\'a b\' has_all (parse_json(\'["B", "a"]\'))': 'true',
      "'a b' has_any (parse_json('[]'))": 'false',
      "'a b' has_all (parse_json('[]'))": 'true',
    });
    assert.equal(await count("State has_any ((StormEvents | where State has 'york' | project State))"), '3');
    assert.equal(await count("State has_all ((StormEvents | where State has 'york' | project State))"), '3');
    assert.equal(await count('State has_any ((StormEvents | where false | project State))'), '0');
    assert.equal(await count('State has_all ((StormEvents | where false | project State))'), '6');
  });

  it('in takes dynamic values that are computed', async () => {
    await checkValues(harness, {
      "'a' in (parse_json('[\"a\", 1]'))": 'true',
      "'A' in (parse_json('[\"a\"]'))": 'false',
      "'A' in~ (parse_json('[\"a\"]'))": 'true',
      "'A' !in~ (parse_json('[\"a\"]'))": 'false',
      "2 in (1, parse_json('[2]'))": 'true',
      "2 in (1, parse_json('2'))": 'true',
      "2.0 in (parse_json('[2]'))": 'true',
      "2 !in (parse_json('[1]'))": 'true',
      "long(null) in (parse_json('[null]'))": 'false',
      '1h in (parse_json(\'["01:00:00"]\'))': 'true',
    });
    assert.equal(await count('1 in (Details.l)'), '1');
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      'StormEvents | where State has_any ((StormEvents | project Damage))': ['SEM0001', /no string/],
      "print parse_json('1') in (parse_json('[1]'))": ['SEM0001', /for a dynamic/],
    });
  });
});
