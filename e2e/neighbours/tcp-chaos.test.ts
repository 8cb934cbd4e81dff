import assert from 'node:assert/strict';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { TcpChaos } from './tcp-chaos.ts';
import { until } from './until.ts';

/** Says everything back, and remembers what it got. */
let heard = '';
const echo = createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => {
    heard += bytes.toString();
    socket.write(bytes);
  });
});

class Client {
  readonly #socket: Socket;
  text = '';
  pieces = 0;
  /** `open`, `closed`, or the code of an error. */
  end = 'open';

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#socket.on('data', (bytes: Buffer) => {
      this.text += bytes.toString();
      this.pieces += 1;
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => (this.end = error.code ?? error.message));
    this.#socket.on('close', () => {
      if (this.end === 'open') this.end = 'closed';
    });
  }

  say(text: string): void {
    this.#socket.write(text);
  }

  leave(): void {
    this.#socket.destroy();
  }

  hears(text: string): Promise<void> {
    return until(() => this.text === text, `"${text}"`, { timeoutMs: 5_000, everyMs: 5 });
  }

  ends(how: string): Promise<void> {
    return until(() => this.end === how, `the end "${how}", not ${this.end}`, {
      timeoutMs: 5_000,
      everyMs: 5,
    });
  }
}

let line: TcpChaos;
before(async () => {
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  line = await TcpChaos.listen((echo.address() as AddressInfo).port);
});
beforeEach(async () => {
  await line.heal();
  heard = '';
});
after(async () => {
  await line[Symbol.asyncDispose]();
  echo.close();
});

const greeted = async (): Promise<Client> => {
  const client = new Client(line.port);
  client.say('hello');
  await client.hears('hello');
  return client;
};

describe('a line that is treated badly', { timeout: 60_000 }, () => {
  it('passes everything in order while it is not', async () => {
    const client = await greeted();
    const long = Array.from({ length: 200_000 }, (_, index) => index).join(' ');
    client.say(long);
    await client.hears(`hello${long}`);
    client.leave();
    await until(() => line.size === 0, 'its end on both sides');
  });

  it('resets connections, and takes new ones', async () => {
    const client = await greeted();
    assert.equal(line.reset(), 1);
    await client.ends('ECONNRESET');
    (await greeted()).leave();
  });

  it('stalls: nothing comes, nothing closes, everything follows; new connections wait as well', async () => {
    const client = await greeted();
    line.stall();
    client.say(' again');
    const late = new Client(line.port);
    late.say('late');
    await wait(100);
    assert.deepEqual([client.text, client.end, late.text, late.end], ['hello', 'open', '', 'open']);
    assert.equal(heard, 'hello');
    await line.heal();
    await client.hears('hello again');
    await late.hears('late');
    client.leave();
    late.leave();
  });

  it('does not pass on what a client has said that left meanwhile', async () => {
    const client = await greeted();
    line.stall();
    client.say(' never mind');
    await wait(50);
    client.leave();
    await until(() => line.size === 0, 'its end on both sides', { everyMs: 5 });
    await line.heal();
    (await greeted()).leave();
    assert.equal(heard, 'hellohello');
  });

  it('drips', async () => {
    const client = await greeted();
    line.drip({ bytes: 2, everyMs: 5 });
    const before = client.pieces;
    client.say('0123456789');
    await client.hears('hello0123456789');
    assert.ok(client.pieces - before >= 3, `${client.pieces - before} pieces`);
    client.leave();
  });

  it('cuts an answer at a byte, once', async () => {
    const client = await greeted();
    line.cut('answer', 4);
    assert.ok(line.waitsForCut);
    client.say('0123456789');
    await client.ends('closed');
    assert.equal(client.text, 'hello0123');
    assert.equal(heard, 'hello0123456789');
    assert.ok(!line.waitsForCut);
    (await greeted()).leave();
  });

  it('cuts a request at a byte: its rest never arrives', async () => {
    const client = await greeted();
    line.cut('request', 4);
    client.say('0123456789');
    await until(() => client.end !== 'open', 'the end');
    await wait(50);
    assert.equal(heard, 'hello0123');
  });

  it('refuses connections for a while, on the same port afterwards', async () => {
    const { port } = line;
    const client = await greeted();
    await line.refuse();
    await client.ends('ECONNRESET');
    await new Client(port).ends('ECONNREFUSED');
    await line.heal();
    assert.equal(line.port, port);
    (await greeted()).leave();
  });

  it('closes the connection when nobody listens behind it', async () => {
    await using nowhere = await TcpChaos.listen(9);
    const client = new Client(nowhere.port);
    await until(() => client.end !== 'open', 'the end');
  });
});
