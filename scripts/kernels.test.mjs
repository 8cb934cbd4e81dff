import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile, kernels, stored } from './kernels.mjs';

describe('the WebAssembly kernels', () => {
  for (const kernel of kernels) {
    it(`${kernel.target} is what its source compiles to`, async () => {
      const [fresh, checkedIn] = await Promise.all([compile(kernel), stored(kernel)]);
      assert.ok(fresh.equals(checkedIn), 'run "npm run kernels" and commit the result');
    });
  }
});
