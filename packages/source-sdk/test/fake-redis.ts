/** A Redis that speaks its protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/) for a handful of commands. */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface StreamEntry {
  readonly stream: string;
  readonly fields: ReadonlyMap<string, string>;
}

export class FakeRedis {
  readonly entries: StreamEntry[] = [];
  /** The commands in order, names in capitals. */
  readonly commands: string[][] = [];
  password: string | undefined;
  /** What an XADD is answered with instead: an error's text; `hang` for nothing at all. */
  fault: () => string | undefined = () => undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port = 0): Promise<FakeRedis> {
    const server = createServer();
    const redis = new FakeRedis(server);
    server.on('connection', (socket) => redis.#serve(socket));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return redis;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    let pending = Buffer.alloc(0);
    let allowed = false;
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const command = readCommand(pending);
        if (command === undefined) return;
        pending = pending.subarray(command.bytes);
        const [name = '', ...args] = command.words;
        this.commands.push([name.toUpperCase(), ...args]);
        const answer = this.#answer(name.toUpperCase(), args, allowed);
        if (answer === '+OK\r\n' && name.toUpperCase() === 'AUTH') allowed = true;
        if (name.toUpperCase() === 'HELLO' && helloPassword(args) === this.password) allowed = true;
        if (answer !== undefined) socket.write(answer);
      }
    });
  }

  #answer(name: string, args: readonly string[], allowed: boolean): string | undefined {
    if (name === 'AUTH') return args.at(-1) === this.password ? '+OK\r\n' : wrongPassword;
    if (name === 'HELLO') {
      if (this.password !== undefined && helloPassword(args) !== this.password) return wrongPassword;
      return '%1\r\n$5\r\nproto\r\n:3\r\n';
    }
    if (this.password !== undefined && !allowed) return '-NOAUTH Authentication required.\r\n';
    if (name !== 'XADD') return '+OK\r\n';
    const fault = this.fault();
    if (fault !== undefined) return fault === 'hang' ? undefined : `-${fault}\r\n`;
    const [stream = '', ...rest] = args;
    const fields = rest.slice(rest.indexOf('*') + 1);
    const pairs = fields.flatMap((field, index) =>
      index % 2 === 0 ? [[field, fields[index + 1] ?? ''] as const] : [],
    );
    this.entries.push({ stream, fields: new Map(pairs) });
    const id = `1-${this.entries.length}`;
    return `$${id.length}\r\n${id}\r\n`;
  }
}

/** `HELLO 3 AUTH user password SETNAME name` */
const helloPassword = (args: readonly string[]): string | undefined => args[args.indexOf('AUTH') + 2];

const wrongPassword = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';

/** The first whole command in `bytes`: an array of bulk strings. */
function readCommand(bytes: Buffer): { readonly words: string[]; readonly bytes: number } | undefined {
  const line = (from: number): { readonly value: number; readonly end: number } | undefined => {
    const end = bytes.indexOf('\r\n', from);
    return end === -1 ? undefined : { value: Number(bytes.toString('latin1', from + 1, end)), end: end + 2 };
  };
  const head = line(0);
  if (head === undefined) return undefined;
  const words: string[] = [];
  let at = head.end;
  for (let word = 0; word < head.value; word++) {
    const length = line(at);
    if (length === undefined || bytes.length < length.end + length.value + 2) return undefined;
    words.push(bytes.toString('utf8', length.end, length.end + length.value));
    at = length.end + length.value + 2;
  }
  return { words, bytes: at };
}
