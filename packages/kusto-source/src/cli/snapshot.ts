import type { Writable } from 'node:stream';
import type { Logger } from '@drasi-kusto/source-sdk';
import { didYouMean } from '../config/nearest.ts';
import { entityName, type EntityConfig, type SourceConfig } from '../config/entity-config.ts';
import type { Position } from '../query/cursors.ts';
import { SourceReader } from '../query/source-reader.ts';
import { bootstrapElements } from '../snapshot/bootstrap.ts';
import { SlicePermits } from '../snapshot/slice-permits.ts';
import { firstAnswerMs, impatient } from './check-first.ts';
import { commandLogger, type CommandContext } from './commands.ts';
import { ProgressBar } from './progress-bar.ts';
import { readSourceFile } from './read-source.ts';

/** Writes what a bootstrap of the labels would send, entity after entity, all at one position. */
export async function snapshot(
  context: CommandContext,
  options: { file: string; label?: string },
): Promise<void> {
  const { env, stdout, signal } = context;
  const source = await readSourceFile(options.file, env);
  const logger = commandLogger(source, context, 'snapshot');
  const entities = labelled(source, options.label, logger);
  if (entities.length === 0) return;
  const output = new Output(stdout);
  const permits = new SlicePermits(source.sliceParallelism);
  let position: Position | undefined;
  for (const config of entities) {
    await using reader = new SourceReader({ config, logger, env, retry: impatient });
    position ??= await reader.firstPosition(signal, firstAnswerMs);
    const began = performance.now();
    const bar = new ProgressBar(context.stderr, (line) => logger.info(line));
    const reading = { reader, config, logger: aboveTheBar(logger, bar), onProgress: bar.update.bind(bar) };
    let count = 0;
    try {
      for await (const elements of bootstrapElements(reading, permits, signal, position)) {
        count += elements.count;
        await output.write(elements.ndjson);
      }
    } finally {
      bar.clear();
    }
    const took = `${count.toLocaleString('en')} elements in ${((performance.now() - began) / 1000).toFixed(1)} s`;
    logger.info(source.entities.length === 1 ? took : `${entityName(config)}: ${took}`);
  }
}

/** The entities that a label asks for, or all: by the label, which a node and a relation may share. */
function labelled(
  { entities }: SourceConfig,
  label: string | undefined,
  logger: Logger,
): readonly EntityConfig[] {
  const found = entities.filter((config) => label === undefined || config.label === label);
  if (found.length > 0 || label === undefined) return found;
  const labels = [...new Set(entities.map((config) => config.label))];
  logger.warn(
    `this source has no label ${label}, only ${labels.join(', ')}: nothing to send${didYouMean(label, labels)}`,
  );
  return [];
}

/** A line of the log begins where the bar stood. */
function aboveTheBar(logger: Logger, bar: ProgressBar): Logger {
  const clearing =
    (level: keyof Logger): Logger['info'] =>
    (message, fields) => {
      bar.clear();
      logger[level](message, fields);
    };
  return {
    debug: clearing('debug'),
    info: clearing('info'),
    warn: clearing('warn'),
    error: clearing('error'),
  };
}

/** Writes whole pieces in order and waits for a slow reader, so that Kusto is read no faster than the output is taken. */
class Output {
  readonly #stream: Writable;
  #failure: Error | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error == null ? resolve() : reject(error)));
    });
  }
}
