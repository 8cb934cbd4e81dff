import type { EntityConfig } from '../config/entity-config.ts';
import type { RowPlanOptions } from './row-plan.ts';

/** What of an entity's configuration decides how its rows become elements. */
export function elementShape({
  label,
  primaryKey,
  ends,
  properties,
  place,
}: EntityConfig): Pick<RowPlanOptions, 'label' | 'key' | 'ends' | 'properties' | 'place'> {
  return { label, key: primaryKey, properties, place, ...(ends === undefined ? {} : { ends }) };
}
