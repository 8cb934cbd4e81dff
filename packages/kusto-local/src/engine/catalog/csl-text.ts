/** Schemas as KQL writes them. */
import type { Column } from '../../types.ts';
import type { FunctionParameter } from './database-objects.ts';

/** A name, in brackets and quotes where it needs them. */
export function cslName(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `['${name}']`;
}

/** `a:int,b:string` */
export function cslSchema(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `${cslName(name)}:${type}`).join(',');
}

/** `(a:long, b:string = 'x')`, as the service shows a function's parameters. */
export function parametersText(parameters: readonly FunctionParameter[]): string {
  const list = parameters.map(
    ({ name, type, defaultValue }) =>
      `${cslName(name)}:${type}${defaultValue === undefined ? '' : ` = ${defaultValue}`}`,
  );
  return `(${list.join(', ')})`;
}
