import { parseDocument } from 'yaml';
import { z } from 'zod';
import { didYouMean } from './nearest.ts';
import { configurationError, shorten } from './values.ts';
import { yamlProblem, yamlValue } from './yaml-value.ts';

const says = (words: string): { readonly error: (issue: { readonly input?: unknown }) => string } => ({
  error: ({ input }) => (input === undefined ? 'is missing' : words),
});
const text = z.string(says('must be a text')).min(1, { error: 'is empty' });
const columns = z.union([text, z.array(text)], says('must be a column, or a list of columns'));
const seconds = z.union([z.number(), z.string()], says('must be a number of seconds'));
const end = z.strictObject({ label: text, key: columns }, says('must be a mapping of label and key'));

const entityFields = {
  label: text,
  key: columns,
  table: text.optional(),
  query: text.optional(),
  properties: z
    .union(
      [z.array(text), z.record(text, text)],
      says('must be a list of columns, or a mapping (property: column)'),
    )
    .optional(),
  detection: text.optional(),
  interval: seconds.optional(),
  versionColumn: text.optional(),
  deletedWhen: text.optional(),
  reconcileInterval: seconds.optional(),
};
const node = z.strictObject(entityFields, says('must be a mapping (name: value)'));
const relation = z.strictObject(
  { ...entityFields, start: end, end },
  says('must be a mapping (name: value)'),
);
const entities = z.strictObject(
  {
    nodes: z.array(node, says('must be a list')).default([]),
    relations: z.array(relation, says('must be a list')).default([]),
  },
  says('must be a mapping of nodes, relations or both'),
);

/** What ENTITIES says, each value of the right kind and not looked at further. */
export type EntitiesShape = z.infer<typeof entities>;
export type NodeShape = z.infer<typeof node>;
export type RelationShape = z.infer<typeof relation>;
export type EndShape = z.infer<typeof end>;

/** @throws KustoSourceError CONFIGURATION naming the place, such as `ENTITIES: nodes[1].key: …` */
export function readShape(source: string): EntitiesShape {
  const parsed = entities.safeParse(withoutNulls(readYaml(source)));
  if (parsed.success) return parsed.data;
  // What is misspelt is missing too: the name that is there says more.
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  throw configurationError(issue === undefined ? 'ENTITIES: is not what it must be' : describe(issue));
}

function readYaml(source: string): unknown {
  // Lines may stand under the property's name at any depth; blank lines before them mean nothing.
  const text = source.replace(/^(?:[ \t]*\r?\n)+/, '').trimEnd();
  try {
    const document = parseDocument(text, { uniqueKeys: true });
    const [problem] = document.errors;
    if (problem === undefined) return yamlValue(document);
    throw new Error(firstLine(problem.message), { cause: problem });
  } catch (error) {
    throw configurationError(`ENTITIES: ${yamlProblem(error)}`, error);
  }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

/** A name without a value is as if it were not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

function describe(issue: z.core.$ZodIssue): string {
  const place = placeOf(issue.path);
  if (issue.code !== 'unrecognized_keys') return `${place}: ${issue.message}`;
  const [key = ''] = issue.keys;
  const known = fieldsAt(issue.path);
  const meant = didYouMean(key, known);
  return `${place}: there is no "${shorten(key)}"${meant === '' ? `; known are ${known.join(', ')}` : meant}`;
}

/** `ENTITIES: nodes[1].key` */
function placeOf(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return steps.length === 0 ? 'ENTITIES' : `ENTITIES: ${steps.join('').slice(1)}`;
}

function fieldsAt([list, , field]: readonly PropertyKey[]): readonly string[] {
  if (list === undefined) return Object.keys(entities.shape);
  if (field !== undefined) return Object.keys(end.shape);
  return Object.keys(list === 'relations' ? relation.shape : node.shape);
}
