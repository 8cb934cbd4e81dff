import type { Logger } from './contracts.ts';

const nothing = (): void => undefined;

/** What the SDK logs to when it is given no logger. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
