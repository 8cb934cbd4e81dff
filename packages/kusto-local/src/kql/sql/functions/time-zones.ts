/** Local times (pages `datetime_local_to_utc()`, `datetime_utc_to_local()`, `datetime_list_timezones()`). */
import { timeZoneNames } from '../../../engine/native/times/time-zones.ts';
import { quoteText, value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { template } from './definition.ts';

export const timeZoneFunctions: FunctionTable = {
  datetime_list_timezones: {
    min: 0,
    max: 0,
    compile: () => value(`CAST(${quoteText(JSON.stringify(timeZoneNames()))} AS JSON)`, 'dynamic', false),
    note: "the zones that Node's Intl lists",
  },
  datetime_local_to_utc: {
    ...template(['datetime', 'string'], 'datetime', (t, zone) => `kql_local_to_utc(${t}, ${zone})`),
    note: 'of a time that the clocks show twice, the later one is taken',
  },
  datetime_utc_to_local: template(
    ['datetime', 'string'],
    'datetime',
    (t, zone) => `kql_utc_to_local(${t}, ${zone})`,
  ),
};
