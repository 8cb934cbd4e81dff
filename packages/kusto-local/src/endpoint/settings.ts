import { badRequest } from '../service-errors.ts';

/** How reads under weak consistency lag behind (the service's page "Query consistency"). */
export interface WeakConsistencyOptions {
  /** The oldest state that may be read, in milliseconds. Default 60,000. */
  readonly maximumLagMs?: number;
  /** How many heads serve weak reads, each as old as it happens to be. Default 3. */
  readonly heads?: number;
  readonly seed?: number;
  /** All queries are weak, whatever they ask for, as a workload group's policy can say. Default false. */
  readonly forced?: boolean;
}

/** What an endpoint imitates of a busy service; it can be changed while it runs. */
export interface EndpointSettings {
  /** Every request waits so long, in milliseconds. Default 0. */
  readonly latencyMs: number;
  /** How long new rows can be queried before they get their cursor value, in milliseconds. Default 0. */
  readonly cursorLagMs: number;
  /** False: a service without database cursors, where their functions are refused. Default true. */
  readonly cursors: boolean;
  readonly weakConsistency: Required<WeakConsistencyOptions>;
}

export const defaultSettings: EndpointSettings = {
  latencyMs: 0,
  cursorLagMs: 0,
  cursors: true,
  weakConsistency: { maximumLagMs: 60_000, heads: 3, seed: 0, forced: false },
};

/** Settings to change; those not named stay as they are. */
export type SettingsChange = Partial<Omit<EndpointSettings, 'weakConsistency'>> & {
  readonly weakConsistency?: WeakConsistencyOptions;
};

export function changeSettings(settings: EndpointSettings, change: SettingsChange): EndpointSettings {
  const { weakConsistency, ...rest } = change;
  return {
    ...settings,
    ...given(rest),
    weakConsistency: { ...settings.weakConsistency, ...given(weakConsistency ?? {}) },
  };
}

function given<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Checks settings that came from outside. @throws KustoServiceError */
export function readSettings(value: unknown): SettingsChange {
  return read(value, { latencyMs: isTime, cursorLagMs: isTime, cursors: isFlag, weakConsistency: isWeak });
}

type Test = (value: unknown) => boolean;

const isTime: Test = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
const isFlag: Test = (value) => typeof value === 'boolean';
const isCount: Test = (value) => isTime(value) && value !== 0;
const isWeak: Test = (value) =>
  read(value, { maximumLagMs: isCount, heads: isCount, seed: isTime, forced: isFlag }) !== undefined;

function read(value: unknown, tests: Readonly<Record<string, Test>>): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('Settings are a JSON object.');
  }
  for (const [name, setting] of Object.entries(value)) {
    const test = tests[name];
    if (test === undefined) {
      throw badRequest(`There is no setting ${name}; known are ${Object.keys(tests).join(', ')}.`);
    }
    if (!test(setting)) throw badRequest(`The setting ${name} cannot be ${JSON.stringify(setting)}.`);
  }
  return value as Record<string, unknown>;
}
