import { Command, InvalidArgumentError, Option } from 'commander';
import { parsePublishTarget, type PublishTarget } from '@drasi-kusto/source-sdk';
import { check } from './check.ts';
import { run, watch, type CommandContext } from './commands.ts';
import { runService } from './run-service.ts';
import { snapshot } from './snapshot.ts';

/** The command line of `drasi-kusto`. Commander throws a CommanderError for a wrong use (`exitOverride`). */
export function createProgram(context: CommandContext, version: string): Command {
  const program = new Command('drasi-kusto')
    .description(
      'The Drasi Source for Kusto: rows of a table become nodes of a graph, and their changes a feed.',
    )
    .version(version)
    .showHelpAfterError('(drasi-kusto --help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .addHelpText('after', overview);

  program
    .command('quickstart')
    .description('see it work here: an embedded Kusto, storms that arrive, continuous queries that follow')
    .addOption(seconds('--for <seconds>', 'end after this many seconds of running'))
    .option('--json', 'write events as NDJSON instead of a view for people')
    .addHelpText('after', examples('drasi-kusto quickstart', 'drasi-kusto quickstart --for 30 --json'))
    .action(async (options: { for?: number; json?: boolean }) => {
      // Loaded only here: the services must not carry the embedded Kusto.
      const { runQuickstart } = await import('../quickstart/quickstart.ts');
      await runQuickstart({
        json: options.json === true,
        signal: context.signal,
        stdout: context.stdout,
        stderr: context.stderr,
        env: context.env,
        ...(options.for === undefined ? {} : { forSeconds: options.for }),
      });
    });

  program
    .command('check')
    .description('ask the service whether this source will work, and say what it will do')
    .requiredOption('-f, --file <source.yaml>', 'the Source resource')
    .option('--kql', 'print the KQL that will run, too, ready to paste into Kusto')
    .option('--json', 'write one JSON object instead of lines for people')
    .addHelpText(
      'after',
      examples(
        'drasi-kusto check -f source.yaml',
        'drasi-kusto check -f source.yaml --kql',
        'drasi-kusto check -f source.yaml --json',
      ),
    )
    .action(({ file, json = false, kql = false }: { file: string; json?: boolean; kql?: boolean }) =>
      check(context, { file, json, kql }),
    );

  program
    .command('snapshot')
    .description('write every element a bootstrap would send, one JSON object a line')
    .requiredOption('-f, --file <source.yaml>', 'the Source resource')
    .option('--label <label>', 'only elements of this label')
    .addHelpText(
      'after',
      examples(
        'drasi-kusto snapshot -f source.yaml > elements.ndjson',
        'drasi-kusto snapshot -f source.yaml | head -n 3',
      ),
    )
    .action((options: { file: string; label?: string }) => snapshot(context, options));

  program
    .command('watch')
    .description('write every change as Drasi would get it, one JSON object a line')
    .requiredOption('-f, --file <source.yaml>', 'the Source resource')
    .addOption(
      new Option('--from <start>', 'without a checkpoint: begin with all rows there are now, or after them')
        .choices(['beginning', 'now'])
        .default('now'),
    )
    .addOption(seconds('--for <seconds>', 'end after this many seconds, counted from readiness'))
    .option('--state <dir>', 'keep the checkpoint here, and go on from it')
    .addHelpText(
      'after',
      examples(
        'drasi-kusto watch -f source.yaml',
        'drasi-kusto watch -f source.yaml --from beginning --state ./state',
      ),
    )
    .action((options: { file: string; from: 'beginning' | 'now'; for?: number; state?: string }) =>
      watch(context, feedOptions(options)),
    );

  program
    .command('run')
    .description(
      'run both services of the source in one process: bootstraps on APP_PORT, changes to a target',
    )
    .requiredOption('-f, --file <source.yaml>', 'the Source resource')
    .addOption(publishTarget())
    .option('--state <dir>', 'keep the checkpoint here, and go on from it')
    .addOption(seconds('--for <seconds>', 'end after this many seconds, counted from readiness'))
    .addHelpText(
      'after',
      `${examples(
        'export APP_PORT=8081',
        'drasi-kusto run -f source.yaml --to stdout --state ./state',
        'drasi-kusto run -f source.yaml --to http://localhost:9000 --state ./state',
        'drasi-kusto run -f source.yaml --to redis://localhost:6379 --state ./state',
      )}

Targets: stdout;
  http://host:port[/sources/id], the http source of Drasi Server
  (id: the Source's name);
  redis://host:port, the stream NAME-change for Drasi's platform source;
  dapr, the sidecar's pub/sub.

Environment: APP_PORT (80), LISTEN_HOST (127.0.0.1), ADMIN_PORT (metrics; none
by default), OTEL_ENDPOINT (telemetry; none by default); PUBSUB and
DAPR_HTTP_PORT with dapr.`,
    )
    .action(({ to, ...options }: { file: string; for?: number; state?: string; to: PublishTarget }) =>
      run(context, { ...feedOptions({ ...options, from: 'now' }), to }),
    );

  program
    .command('proxy')
    .description('the bootstrap service as on Kubernetes, configured by its environment')
    .addHelpText('after', environmentHelp)
    .action(() => runService(context, 'proxy'));

  program
    .command('reactivator')
    .description('the change feed as on Kubernetes, configured by its environment')
    .addHelpText('after', environmentHelp)
    .action(() => runService(context, 'reactivator'));

  // Whoever got a command's options wrong is helped by that command's help, not by the list of commands.
  for (const command of program.commands)
    command.showHelpAfterError(`(drasi-kusto ${command.name()} --help shows its options)`);
  return program;
}

function feedOptions(options: { file: string; from: 'beginning' | 'now'; for?: number; state?: string }): {
  file: string;
  from: 'beginning' | 'now';
  forSeconds?: number;
  state?: string;
} {
  const { file, from, state } = options;
  return {
    file,
    from,
    ...(options.for === undefined ? {} : { forSeconds: options.for }),
    ...(state === undefined ? {} : { state }),
  };
}

function publishTarget(): Option {
  return new Option('--to <target>', 'where changes go: stdout, http://…, redis://… or dapr')
    .default({ kind: 'stdout' }, 'stdout')
    .argParser((text: string) => {
      try {
        return parsePublishTarget(text);
      } catch (error) {
        throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
      }
    });
}

function seconds(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value > 0 && value <= 2_000_000))
      throw new InvalidArgumentError('It must be a number of seconds above 0.');
    return value;
  });
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

const environmentHelp = `
Environment: SOURCE_ID and the Source's properties (KUSTO_URI, KUSTO_DATABASE,
KUSTO_TABLE, PRIMARY_KEY, …), PUBSUB, STATE_STORE_NAME, DAPR_HTTP_PORT,
APP_PORT (80), LISTEN_HOST (127.0.0.1), ADMIN_PORT (metrics; none by default),
OTEL_ENDPOINT and OTEL_* (telemetry; none by default), LOG_LEVEL,
LOG_FORMAT (text or json; on a terminal text).`;

const overview = `
Examples:
  $ drasi-kusto quickstart                     see it work, nothing to set up
  $ drasi-kusto check -f source.yaml           whether it will work, and how
  $ drasi-kusto snapshot -f source.yaml        what a query starts with
  $ drasi-kusto watch -f source.yaml           what it gets from then on
  $ drasi-kusto run -f source.yaml --to TARGET both, without Kubernetes

Data goes to stdout as NDJSON, everything else to stderr. In a clone write
"npx drasi-kusto"; "npm run" puts lines of its own on stdout, unless --silent.
Environment: LOG_LEVEL, LOG_FORMAT (text or json), NO_COLOR.
Exit codes: 0 done, 1 failure, 2 configuration, 3 unreachable, 4 denied.`;
