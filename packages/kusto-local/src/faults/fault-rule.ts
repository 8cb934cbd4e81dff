import { badRequest } from '../service-errors.ts';

export type RequestKind = 'command' | 'ingest' | 'query';

/** What happens to a request. Times and sizes are of this request's answer; several things can happen to one. */
export interface FaultAction {
  /** Wait so long before anything else, in milliseconds. */
  readonly delayMs?: number;
  /** Answer with this HTTP status, from 400 to 599, and do not execute the request. */
  readonly status?: number;
  /** `Retry-After` of that answer, in seconds. */
  readonly retryAfterSeconds?: number;
  /** The body of that answer: a text as it is, anything else as JSON. Default an error in the service's form. */
  readonly body?: unknown;
  /** Send the answer's bytes no faster. */
  readonly bytesPerSecond?: number;
  /** Close the connection after so many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Close the connection after so many rows of a query's first result. */
  readonly cutAfterRows?: number;
  /** A partial query failure after so many rows of a query's first result. */
  readonly errorAfterRows?: number;
  /** All rows, then an error at the answer's end: in v2 HasErrors of DataSetCompletion, in v1 Exceptions. */
  readonly hasErrors?: boolean;
  /** Leave the last frame out: DataSetCompletion; in v1 the end of the JSON. */
  readonly missingCompletion?: boolean;
  /** Break the JSON of the frame before the last; in v1 of the last table. */
  readonly malformedFrame?: boolean;
}

/** When a fault happens, and which. Conditions that are not given hold always. */
export interface FaultRule {
  readonly name?: string;
  /** `ingest`: ingestions over HTTP, and the commands `.ingest`, `.set` and `.append`. */
  readonly kind?: RequestKind;
  /** A regular expression over the request's text, in any case. */
  readonly text?: string;
  readonly database?: string;
  /** Which of the requests that meet the conditions above, counted from 1 for this rule; or several of them. */
  readonly nth?: number | readonly number[];
  /** From 0 to 1: how likely, by the plan's seed. */
  readonly probability?: number;
  /** How often at most. */
  readonly times?: number;
  readonly action: FaultAction;
}

const ruleKeys = ['action', 'database', 'kind', 'name', 'nth', 'probability', 'text', 'times'];
const flags = ['hasErrors', 'malformedFrame', 'missingCompletion'];
const counts = [
  'bytesPerSecond',
  'cutAfterBytes',
  'cutAfterRows',
  'delayMs',
  'errorAfterRows',
  'retryAfterSeconds',
];
const actionKeys = [...flags, ...counts, 'body', 'status'];
/** Not together with `status`: there is no answer they could be done to. */
const ofAnswers = actionKeys.filter(
  (key) => !['body', 'delayMs', 'retryAfterSeconds', 'status'].includes(key),
);

/** Checks rules that came from outside. @throws KustoServiceError that says which is wrong, and how */
export function readFaultRules(value: unknown): readonly FaultRule[] {
  if (!Array.isArray(value)) throw badRequest('Fault rules are a JSON array.');
  return value.map((rule: unknown, index) => {
    try {
      return readRule(rule);
    } catch (error) {
      throw badRequest(`Fault rule ${index + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

function readRule(value: unknown): FaultRule {
  const rule = object(value, 'a rule');
  known(rule, ruleKeys);
  for (const key of ['database', 'name', 'text']) check(rule, key, isText, 'a string');
  check(
    rule,
    'kind',
    (kind) => ['command', 'ingest', 'query'].includes(String(kind)),
    'query, command or ingest',
  );
  check(
    rule,
    'nth',
    (nth) => (Array.isArray(nth) ? nth : [nth]).every(isPositive),
    'a number from 1, or several',
  );
  check(rule, 'probability', (p) => typeof p === 'number' && p >= 0 && p <= 1, 'a number from 0 to 1');
  check(rule, 'times', isPositive, 'a number from 1');
  if (typeof rule['text'] === 'string') pattern(rule['text']);
  return { ...rule, action: readAction(rule['action']) };
}

function readAction(value: unknown): FaultAction {
  const action = object(value, 'action');
  known(action, actionKeys);
  for (const key of flags) check(action, key, (flag) => typeof flag === 'boolean', 'true or false');
  for (const key of counts) check(action, key, isCount, 'a whole number from 0');
  check(action, 'bytesPerSecond', isPositive, 'a whole number from 1');
  check(action, 'status', (status) => isCount(status) && status >= 400 && status <= 599, 'from 400 to 599');
  if (Object.keys(action).length === 0) throw new Error('action says nothing.');
  if (action['status'] === undefined) {
    const stray = ['body', 'retryAfterSeconds'].find((key) => key in action);
    if (stray !== undefined) throw new Error(`${stray} needs status.`);
  } else {
    const stray = ofAnswers.find((key) => key in action);
    if (stray !== undefined) throw new Error(`${stray} is of an answer, and status is instead of one.`);
  }
  return action;
}

/** @throws Error */
export function pattern(text: string): RegExp {
  return new RegExp(text, 'is');
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error(`${what} is a JSON object.`);
}

function known(value: Record<string, unknown>, keys: readonly string[]): void {
  const stray = Object.keys(value).find((key) => !keys.includes(key));
  if (stray !== undefined)
    throw new Error(`there is no '${stray}'; known are ${[...keys].sort().join(', ')}.`);
}

function check(
  owner: Record<string, unknown>,
  key: string,
  test: (value: unknown) => boolean,
  form: string,
): void {
  if (owner[key] !== undefined && !test(owner[key])) throw new Error(`${key} is ${form}.`);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPositive(value: unknown): boolean {
  return isCount(value) && value > 0;
}
