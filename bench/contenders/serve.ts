/** What the contenders of a bootstrap have in common: the address of Kusto and the port to serve on are their arguments. */
import { createServer } from 'node:http';

const [url = '', port = '0'] = process.argv.slice(2);

export const kustoUrl = url;

/**
 * A GET asks whether the contender is up, a POST is a bootstrap.
 * @param answer - writes the elements and ends the response; where it fails, the response breaks off
 */
export function serve(answer: (outgoing: NodeJS.WritableStream) => Promise<void>): void {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    if (incoming.method === 'GET') {
      outgoing.writeHead(204).end();
      return;
    }
    answer(outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  server.listen(Number(port), '127.0.0.1');
}
