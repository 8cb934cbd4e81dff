import { typeNames } from '../engine/values/kusto-types.ts';
import type { Column } from '../types.ts';

/** Columns as the service's JSON schemas have them. */
export function orderedColumns(columns: readonly Column[]): object[] {
  return columns.map(({ name, type }) => ({ Name: name, Type: typeNames(type).clrType, CslType: type }));
}
