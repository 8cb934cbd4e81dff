import { writeTerminationLog } from '@drasi-kusto/source-sdk';
import { runProxy, runReactivator } from '../services/kubernetes.ts';
import { openLogger } from '../services/loggers.ts';
import { withWarnings, type CommandContext } from './commands.ts';
import { AlreadyTold, exitCodeOf, exitCodes } from './exit-code.ts';
import { readSourceEnvironment } from './read-source.ts';
import { failureOf, tellFailure } from './tell-failure.ts';

const services = { proxy: runProxy, reactivator: runReactivator } as const;
export type ServiceName = keyof typeof services;

/**
 * One of the two services as they run on Kubernetes. A failure is told once in the log, in the log's own format, and left
 * where Kubernetes and `drasi list source` look.
 * @param terminationLog where that is; default that of Kubernetes
 * @throws AlreadyTold with the exit code
 */
export async function runService(
  { env, signal, stderr }: CommandContext,
  service: ServiceName,
  terminationLog = '/dev/termination-log',
): Promise<void> {
  // A machine collects the logs of a service, but not at a terminal.
  const format = stderr.isTTY === true ? 'text' : 'json';
  try {
    const config = readSourceEnvironment(env);
    const logger = openLogger({ level: config.logLevel, stderr, env, service, format });
    await services[service]({ config, env, signal, logger: withWarnings(logger, config) });
  } catch (error) {
    const exitCode = exitCodeOf(error);
    if (signal.aborted || exitCode === exitCodes.done) throw error;
    const { code, words } = failureOf(error);
    await writeTerminationLog(
      terminationLog,
      Object.assign(new Error(words), code === undefined ? {} : { code }),
    );
    tellFailure(error, { env, stderr, service, format });
    throw new AlreadyTold(exitCode);
  }
}
