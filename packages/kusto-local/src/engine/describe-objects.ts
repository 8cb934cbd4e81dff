import type { DatabaseSchema } from '../types.ts';
import { parametersText } from './csl-text.ts';
import type { DatabaseObjects } from './database-objects.ts';

/** A database's objects as the compiler takes them. */
export function describeObjects(
  objects: DatabaseObjects,
): Pick<DatabaseSchema, 'functions' | 'storedResults' | 'views'> {
  return {
    functions: objects.functions.map(({ name, parameters, body }) => ({
      name,
      parameters: parametersText(parameters),
      body,
    })),
  };
}
