import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { freePorts } from './free-ports.ts';

describe('ports for programs', () => {
  it('are all different, free, and none that an outgoing connection may get', async () => {
    const given = [...Object.values(await freePorts('a', 'b')), ...Object.values(await freePorts('a', 'b'))];
    assert.equal(new Set(given).size, 4);
    assert.ok(given.every((port) => port >= 15_000 && port < 30_000));
  });

  it('are not those where somebody listens', async () => {
    const { a } = await freePorts('a');
    const server = createServer().listen(a + 1, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { b } = await freePorts('b');
      assert.notEqual(b, a + 1);
    } finally {
      server.close();
    }
  });
});
