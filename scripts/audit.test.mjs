import assert from 'node:assert/strict';
import { it } from 'node:test';
import { verdict } from './audit.mjs';

const report = (severity) =>
  JSON.stringify({
    vulnerabilities: { leftpad: { name: 'leftpad', severity, range: '<2.0.0' } },
    metadata: { vulnerabilities: { moderate: 1, high: 0 } },
  });

it('the audit fails on high and critical vulnerabilities, and names them', () => {
  for (const severity of ['high', 'critical']) {
    const { code, text } = verdict(report(severity));
    assert.equal(code, 1);
    assert.match(text, new RegExp(`${severity}: leftpad <2.0.0`));
  }
  assert.equal(verdict(report('moderate')).code, 0);
});

it('the audit says that it was not made where the registry has no such endpoint', () => {
  for (const output of ['{"message":"405 Method Not Allowed","statusCode":405}', '', '<html>', 'null']) {
    const { code, text } = verdict(output);
    assert.equal(code, 0);
    assert.match(text, /not made/);
  }
});
