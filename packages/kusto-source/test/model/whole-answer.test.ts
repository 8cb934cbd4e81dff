import assert from 'node:assert/strict';
import { it } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { isWhole } from './whole-answer.ts';

const end = '{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}';
const body = Buffer.from(`[{"FrameType":"DataSetHeader"}\n,${end}\n]`);
const answer = { status: 200, encoding: undefined, body };

it('an answer is whole that says so at its end, however it is encoded, and no other', () => {
  assert.equal(isWhole(answer), true);
  assert.equal(isWhole({ ...answer, encoding: 'gzip', body: gzipSync(body) }), true);
  assert.equal(isWhole({ ...answer, encoding: 'deflate', body: deflateSync(body) }), true);
  assert.equal(isWhole({ ...answer, encoding: 'gzip', body: gzipSync(body).subarray(0, 30) }), false);
  assert.equal(isWhole({ ...answer, status: 503 }), false);
  assert.equal(isWhole({ ...answer, body: body.subarray(0, 40) }), false);
  const failed = Buffer.from(body.toString().replace('"HasErrors":false', '"HasErrors":true'));
  assert.equal(isWhole({ ...answer, body: failed }), false);
});
