import { readFile } from 'node:fs/promises';
import { parseConfig } from '../config/config.ts';
import type { SourceConfig } from '../config/entity-config.ts';
import { propertyNames, type PropertyValues } from '../config/properties.ts';
import { parseSourceYaml } from '../config/source-yaml.ts';
import { KustoSourceError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const largestFile = 4 * 1024 * 1024;

/** The configuration of a Source YAML file. LOG_LEVEL of the environment counts where the file sets none. */
export async function readSourceFile(path: string, env: Environment): Promise<SourceConfig> {
  let text: string;
  try {
    const bytes = await readFile(path);
    if (bytes.length > largestFile) throw new Error('it is larger than 4 MB');
    text = bytes.toString('utf8');
  } catch (error) {
    const reason = reasonOf(error);
    throw new KustoSourceError('CONFIGURATION', `${path}: ${reason}`, { cause: error });
  }
  try {
    const { sourceId, values, warnings } = parseSourceYaml(text, env);
    const logLevel = values.LOG_LEVEL ?? env['LOG_LEVEL'];
    const config = parseConfig(sourceId, {
      ...values,
      ...(logLevel === undefined ? {} : { LOG_LEVEL: logLevel }),
    });
    return { ...config, warnings: [...warnings, ...config.warnings] };
  } catch (error) {
    if (!(error instanceof KustoSourceError)) throw error;
    throw new KustoSourceError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder: name the file in it';
  return error instanceof Error ? error.message : String(error);
}

/** The configuration of a service on the platform: its environment, where the control plane puts the Source's properties. */
export function readSourceEnvironment(env: Environment): SourceConfig {
  const sourceId = env['SOURCE_ID']?.trim();
  if (sourceId === undefined || sourceId === '')
    throw new KustoSourceError(
      'CONFIGURATION',
      'SOURCE_ID is missing: it is the name of the Source, set by the Drasi platform',
    );
  const values: PropertyValues = {};
  for (const name of propertyNames) {
    const value = env[name];
    if (value !== undefined) values[name] = value;
  }
  return parseConfig(sourceId, values);
}
