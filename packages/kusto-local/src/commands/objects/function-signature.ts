import type { FunctionParameter } from '../../engine/database-objects.ts';
import { cslName } from '../command-tables.ts';

/** `(a:long, b:string = 'x')`, as the service shows a function's parameters. */
export function parametersText(parameters: readonly FunctionParameter[]): string {
  const list = parameters.map(
    ({ name, type, defaultValue }) =>
      `${cslName(name)}:${type}${defaultValue === undefined ? '' : ` = ${defaultValue}`}`,
  );
  return `(${list.join(', ')})`;
}
