import { parseAllDocuments } from 'yaml';
import { KustoSourceError } from '../errors.ts';
import { didYouMean } from './nearest.ts';
import { propertyNames, type PropertyName, type PropertyValues } from './properties.ts';
import { yamlProblem, yamlValue } from './yaml-value.ts';

/** A Source resource as the Drasi CLI applies it, with its properties as the platform would put them in the environment. */
export interface SourceDocument {
  readonly sourceId: string;
  readonly values: PropertyValues;
  readonly warnings: readonly string[];
}

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Reads the Source (`kind: Source`, `spec.kind: Kusto`) in a YAML text that may hold other documents too.
 * @param environment - where a property given as a Secret reference is looked up, by the property's own name
 * @throws KustoSourceError CONFIGURATION naming the place
 */
export function parseSourceYaml(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): SourceDocument {
  const source = findSource(text);
  const spec = mapping(source['spec'], 'spec');
  if (spec['kind'] !== 'Kusto') throw yamlError(`spec.kind is ${show(spec['kind'])} but must be Kusto`);
  const warnings: string[] = [];
  const values: PropertyValues = {};
  for (const [key, value] of Object.entries(allProperties(spec))) {
    const name = propertyNames.find((known) => known === key);
    if (name === undefined) throw unknownProperty(key);
    const asText = propertyText(name, value, environment, warnings);
    if (asText !== undefined) values[name] = asText;
  }
  return { sourceId: sourceName(source), values, warnings };
}

function parsed(text: string): ReturnType<typeof parseAllDocuments> {
  try {
    return parseAllDocuments(text, { uniqueKeys: true });
  } catch (error) {
    throw yamlError(yamlProblem(error), error);
  }
}

function findSource(text: string): Mapping {
  const documents = parsed(text);
  if (!Array.isArray(documents)) throw yamlError('the file is empty');
  const sources: Mapping[] = [];
  const kinds: string[] = [];
  for (const document of documents) {
    const [problem] = document.errors;
    if (problem) throw yamlError(placeFirst(problem.message), problem);
    let value: unknown;
    try {
      value = yamlValue(document);
    } catch (error) {
      throw yamlError(yamlProblem(error), error);
    }
    if (value === null) continue;
    const resource = mapping(value, 'the document');
    kinds.push(show(resource['kind']));
    if (resource['kind'] === 'Source') sources.push(resource);
  }
  const [source, second] = sources;
  if (source === undefined)
    throw yamlError(
      `there is no document with kind: Source${kinds.length > 0 ? ` (found: ${kinds.join(', ')})` : ''}`,
    );
  if (second !== undefined) throw yamlError('there are several documents with kind: Source; keep one a file');
  return source;
}

/** The parser's words without the excerpt it adds: `All … same column at line 10, column 1:` with its place in front. */
function placeFirst(message: string): string {
  const [first = ''] = message.split('\n');
  const [, words, line, column] = /^(.*) at line (\d+), column (\d+):?$/.exec(first) ?? [];
  if (words === undefined || line === undefined || column === undefined) return first;
  return `line ${line}, column ${column}: ${words}`;
}

function sourceName(source: Mapping): string {
  const name = source['name'];
  if (typeof name !== 'string' || name === '')
    throw yamlError('name is missing: it becomes the id of the source');
  return name;
}

/** `spec.properties`, overridden by those of single services: the platform gives each service both. */
function allProperties(spec: Mapping): Mapping {
  const merged: Record<string, unknown> = {
    ...(spec['properties'] == null ? {} : mapping(spec['properties'], 'spec.properties')),
  };
  if (spec['services'] == null) return merged;
  for (const [service, settings] of Object.entries(mapping(spec['services'], 'spec.services'))) {
    if (settings == null) continue;
    const own = mapping(settings, `spec.services.${service}`)['properties'];
    if (own != null) Object.assign(merged, mapping(own, `spec.services.${service}.properties`));
  }
  return merged;
}

function propertyText(
  name: PropertyName,
  value: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  warnings: string[],
): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (typeof value === 'number' && !Number.isInteger(value))
      warnings.push(
        `${name}: the Drasi platform takes no fractions here; use POLLING_INTERVAL, in milliseconds`,
      );
    return String(value);
  }
  if (name === 'ENTITIES' && !isSecretReference(value))
    throw yamlError(
      'ENTITIES must be a text, since the Drasi platform takes nothing else: write "ENTITIES: |" and indent the lines below it',
    );
  if (Array.isArray(value)) {
    if (value.every((item) => ['string', 'number', 'boolean'].includes(typeof item))) return value.join(',');
    throw yamlError(`${name} is a list of something other than plain values`);
  }
  if (isSecretReference(value)) {
    const secret = environment[name];
    if (secret !== undefined) return secret;
    throw yamlError(
      `${name} comes from a Secret, which only a cluster can read: set the environment variable ${name} instead`,
    );
  }
  throw yamlError(`${name} must be a plain value`);
}

function isSecretReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Secret';
}

function unknownProperty(key: string): KustoSourceError {
  const meant = didYouMean(key, propertyNames);
  return yamlError(
    `unknown property ${show(key)}${meant === '' ? `; known are ${propertyNames.join(', ')}` : meant}`,
  );
}

function mapping(value: unknown, place: string): Mapping {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw yamlError(`${place} must be a mapping (name: value)`);
  return value as Mapping;
}

function show(value: unknown): string {
  const text = value === undefined ? 'missing' : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function yamlError(message: string, cause?: unknown): KustoSourceError {
  return new KustoSourceError('CONFIGURATION', message, { cause });
}
