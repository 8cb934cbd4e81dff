import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, constantFrom, property, webUrl } from 'fast-check';
import '../testing/fixed-seed.ts';
import { acceptedEncoding } from './compression.ts';
import { checkOrigin } from './origin-check.ts';

test('the loopback’s names are served, others are not, unless any is', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:8080',
    '127.0.0.1:1',
    '127.1.2.3',
    '[::1]:80',
    'a.localhost:9',
    undefined,
  ])
    checkOrigin({ host }, false);
  for (const host of [
    'evil.example',
    'localhost.evil.example:8080',
    '10.0.0.1',
    '127.0.0.1.evil.example',
    '',
    '[::2]',
  ]) {
    assert.throws(() => checkOrigin({ host }, false), /not this machine's loopback/);
    checkOrigin({ host }, true);
  }
});

test('a request of another site’s page is refused, whatever the Host', () => {
  const host = 'localhost:8080';
  checkOrigin({ host, origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }, false);
  for (const anyHost of [false, true]) {
    assert.throws(() => checkOrigin({ host, 'sec-fetch-site': 'cross-site' }, anyHost), /other sites/);
    for (const origin of [
      'http://localhost:8081',
      'https://evil.example',
      'null',
      'http://localhost:8080.evil.example',
    ])
      assert.throws(() => checkOrigin({ host, origin }, anyHost), /from the site/);
  }
  check(
    property(webUrl(), constantFrom(true, false), (url, anyHost) => {
      const { origin } = new URL(url);
      assert.throws(() => checkOrigin({ host, origin }, anyHost));
    }),
  );
});

test('encodings of answers', () => {
  assert.equal(acceptedEncoding('gzip, deflate'), 'gzip');
  assert.equal(acceptedEncoding('deflate;q=0.5'), 'deflate');
  assert.equal(acceptedEncoding('gzip;q=0, deflate'), 'deflate');
  assert.equal(acceptedEncoding('br, identity'), undefined);
  assert.equal(acceptedEncoding(undefined), undefined);
});
