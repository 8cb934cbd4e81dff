import { writeFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import type { CheckResult } from './check.ts';
import { conformanceChecks, conforms, runConformance } from './index.ts';
import type { ConformanceOptions } from './source-under-test.ts';
import { resultText, summaryText } from './text-report.ts';

const USAGE = `source-conformance: checks a Source of Drasi from outside.

  source-conformance --node-labels A,B [--rel-labels R] [--source-id ID]
                     (--proxy COMMAND | --proxy-url URL [--pid N])
                     (--reactivator COMMAND | --reactivator-url URL) [options]

Commands run in a shell, where this program was started, and may be of any language. What it may start, it can kill: with the two commands every check is made. A command gets SOURCE_ID, APP_PORT, DAPR_HTTP_PORT,
PUBSUB and STATE_STORE_NAME as the platform sets them; the sidecar is the suite's own. Checks that need more than was given are skipped.

  --env NAME=VALUE     a further variable of both commands; may be repeated
  --change COMMAND     makes a change in the source (default: it changes by itself)
  --break COMMAND      makes the bootstrap under way fail
  --dapr-port N        where the suite's sidecar listens (default: a free port)
  --memory-limit-mb N  of a bootstrap (default 512)
  --patience-s N       how long to wait for what has to come (default 40)
  --only, --skip IDS   checks, separated by commas
  --json FILE          the results as JSON; - is stdout, and the text goes to stderr
  --list               the checks

Exit code: 0 when the source does all it must, 1 when not, 2 for a wrong command line.
`;

const flags = {
  'node-labels': { type: 'string' },
  'rel-labels': { type: 'string' },
  'source-id': { type: 'string', default: 'conformance' },
  proxy: { type: 'string' },
  'proxy-url': { type: 'string' },
  pid: { type: 'string' },
  reactivator: { type: 'string' },
  'reactivator-url': { type: 'string' },
  env: { type: 'string', multiple: true },
  change: { type: 'string' },
  break: { type: 'string' },
  'dapr-port': { type: 'string' },
  'memory-limit-mb': { type: 'string' },
  'patience-s': { type: 'string' },
  only: { type: 'string' },
  skip: { type: 'string' },
  json: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

class WrongUsage extends Error {}

/** Runs the program. Resolves to its exit code. */
export async function main(args: readonly string[], stdout: Writable, stderr: Writable): Promise<number> {
  try {
    return await run(args, stdout, stderr);
  } catch (error) {
    stderr.write(`${messageOf(error)}\n`);
    return error instanceof WrongUsage ? 2 : 1;
  }
}

async function run(args: readonly string[], stdout: Writable, stderr: Writable): Promise<number> {
  const values = parse(args);
  if (values.help === true) {
    stdout.write(USAGE);
    return 0;
  }
  if (values.list === true) {
    for (const { id, level, title } of conformanceChecks) stdout.write(`${id}\t${level}\t${title}\n`);
    return 0;
  }
  const only = ids(values.only);
  const skip = ids(values.skip);
  const report = values.json === '-' ? stderr : stdout;
  const daprPort = whole(values['dapr-port'], '--dapr-port');
  const results = await runConformance(optionsOf(values), {
    ...(only === undefined ? {} : { only }),
    ...(skip === undefined ? {} : { skip }),
    ...(daprPort === undefined ? {} : { daprPort }),
    onResult: (result) => report.write(`${resultText(result)}\n`),
  });
  report.write(`\n${summaryText(results)}\n`);
  if (values.json !== undefined) await writeJson(values.json, results, stdout);
  return conforms(results) ? 0 : 1;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values;
  } catch (error) {
    throw new WrongUsage(`${messageOf(error)}\n\n${USAGE}`, { cause: error });
  }
}

function optionsOf(values: ReturnType<typeof parse>): ConformanceOptions {
  const { proxy, reactivator, change, pid } = values;
  const [proxyUrl, reactivatorUrl] = [values['proxy-url'], values['reactivator-url']];
  if (
    proxy === undefined &&
    proxyUrl === undefined &&
    reactivator === undefined &&
    reactivatorUrl === undefined
  )
    throw new WrongUsage(`give --proxy, --proxy-url, --reactivator or --reactivator-url\n\n${USAGE}`);
  const [nodeLabels, relLabels] = [list(values['node-labels']), list(values['rel-labels'])];
  if ((proxy ?? proxyUrl) !== undefined && nodeLabels.length + relLabels.length === 0)
    throw new WrongUsage(
      'give --node-labels or --rel-labels, of which the source has elements: a bootstrap of none is empty',
    );
  const [proxyPid, memoryMb, patience] = [
    whole(pid, '--pid'),
    whole(values['memory-limit-mb'], '--memory-limit-mb'),
    whole(values['patience-s'], '--patience-s'),
  ];
  return {
    sourceId: values['source-id'],
    nodeLabels,
    relLabels,
    env: environment(values.env ?? []),
    ...(proxy === undefined ? {} : { proxyCommand: proxy }),
    ...(proxyUrl === undefined ? {} : { proxyUrl: proxyUrl.replace(/\/$/, '') }),
    ...(proxyPid === undefined ? {} : { proxyPid }),
    ...(reactivator === undefined ? {} : { reactivatorCommand: reactivator }),
    ...(reactivatorUrl === undefined ? {} : { reactivatorUrl: reactivatorUrl.replace(/\/$/, '') }),
    ...(change === undefined ? {} : { changeCommand: change }),
    ...(values.break === undefined ? {} : { breakCommand: values.break }),
    ...(memoryMb === undefined ? {} : { memoryLimit: memoryMb * 1024 * 1024 }),
    ...(patience === undefined ? {} : { patienceMs: patience * 1_000 }),
  };
}

const list = (text = ''): readonly string[] => text.split(',').filter((name) => name !== '');

function ids(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = list(text);
  const unknown = names.find((name) => !conformanceChecks.some(({ id }) => id === name));
  if (unknown !== undefined) throw new WrongUsage(`there is no check "${unknown}": --list shows them`);
  return names;
}

function whole(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new WrongUsage(`${flag} is "${text}": it must be a whole number`);
  return Number(text);
}

function environment(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new WrongUsage(`--env is "${pair}": it must be NAME=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function writeJson(path: string, results: readonly CheckResult[], stdout: Writable): Promise<void> {
  const text = `${JSON.stringify({ conforms: conforms(results), results }, null, 2)}\n`;
  if (path === '-') stdout.write(text);
  else await writeFile(path, text);
}
