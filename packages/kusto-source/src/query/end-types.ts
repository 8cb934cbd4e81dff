import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import { entityName, type EntityConfig } from '../config/entity-config.ts';

/** An entity, and the columns of its query. */
export interface EntityColumns {
  readonly config: EntityConfig;
  readonly columns: readonly Pick<KustoColumn, 'name' | 'type'>[];
}

/**
 * Ends that no node will ever have the id of. Ids are made of the text of keys: int and long write a number alike, and a string is
 * what it holds, so it may say any of them. Every other pair of types writes one value in two ways (long 5 is `5`, real 5 is
 * `5.0`), or has no value in common. Columns that are not there are not looked at.
 * @returns sentences, each with its place
 */
export function endProblems(entities: readonly EntityColumns[]): readonly string[] {
  return entities.flatMap(({ config, columns }) => {
    if (config.ends === undefined) return [];
    const { start, end } = config.ends;
    return (['start', 'end'] as const).flatMap((side) => {
      const { label, key } = side === 'start' ? start : end;
      const node = entities.find((each) => each.config.kind === 'node' && each.config.label === label);
      return key.flatMap((name, at) => {
        const wanted = node?.config.primaryKey[at];
        const [own, other] = [typeOf(columns, name), typeOf(node?.columns ?? [], wanted)];
        if (own === undefined || other === undefined || meet(own, other)) return [];
        const place = `${config.place ?? entityName(config)}.${side}.key`;
        return [
          `${place}: the column ${name} is ${own}, and the key column ${wanted} of ${label} is ${other}: their texts, and so the ids, are never the same; convert one in its query, for example ${name} = ${conversions[other] ?? 'tostring'}(${name})`,
        ];
      });
    });
  });
}

function typeOf(
  columns: readonly Pick<KustoColumn, 'name' | 'type'>[],
  wanted: string | undefined,
): KustoType | undefined {
  return columns.find(({ name }) => name === wanted)?.type;
}

function meet(one: KustoType, other: KustoType): boolean {
  return family(one) === family(other) || one === 'string' || other === 'string';
}

const family = (type: KustoType): string => (type === 'int' ? 'long' : type);

const conversions: Partial<Record<KustoType, string>> = {
  bool: 'tobool',
  datetime: 'todatetime',
  decimal: 'todecimal',
  guid: 'toguid',
  int: 'toint',
  long: 'tolong',
  real: 'toreal',
  timespan: 'totimespan',
};
