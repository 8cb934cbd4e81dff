/** Datetimes and timespans, as ticks. */
import { ticksPerDay, ticksPerHour, ticksPerMinute, ticksPerSecond } from '../../parser/literals/times.ts';
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import { formatDatetime, formatTimespan } from './datetime-formats.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { argument, argumentSpan, literalText, template, typed } from './definition.ts';

const nowParameter = 'CAST($now AS BIGINT)';

function now(call: Call): Value {
  call.context.state.usesNow = true;
  if (call.args.length === 0) return value(nowParameter, 'datetime', false);
  return value(`kql_datetime(${nowParameter} + ${typed(call, 0, 'timespan').sql})`, 'datetime', false);
}

function ago(call: Call): Value {
  call.context.state.usesNow = true;
  const past = typed(call, 0, 'timespan');
  return value(`kql_datetime(${nowParameter} - ${past.sql})`, 'datetime', past.nullable);
}

/** Parts that are a fixed number of ticks. */
const fixedParts: Readonly<Record<string, bigint>> = {
  week: 7n * ticksPerDay,
  day: ticksPerDay,
  hour: ticksPerHour,
  minute: ticksPerMinute,
  second: ticksPerSecond,
  millisecond: 10_000n,
  microsecond: 10n,
};

const monthParts: Readonly<Record<string, bigint>> = { year: 12n, quarter: 3n, month: 1n };

function datetimeAdd(call: Call): Value {
  const part = literalText(call, 0).toLowerCase();
  const amount = typed(call, 1, 'long');
  const from = typed(call, 2, 'datetime');
  const nullable = amount.nullable || from.nullable;
  const months = monthParts[part];
  if (months !== undefined) {
    return value(
      `kql_datetime(kql_add_months(${from.sql}, ${amount.sql} * ${months}))`,
      'datetime',
      nullable,
    );
  }
  if (part === 'nanosecond') {
    return value(`kql_datetime(${from.sql} + kql_floor_div(${amount.sql}, 100))`, 'datetime', nullable);
  }
  const ticks = fixedParts[part];
  if (ticks === undefined) throw unsupported(`the part '${part}' of a datetime`, argumentSpan(call, 0));
  return value(`kql_datetime(${from.sql} + ${amount.sql} * ${ticks})`, 'datetime', nullable);
}

/** How many boundaries of the part lie between the two, as the service counts. */
function datetimeDiff(call: Call): Value {
  const part = literalText(call, 0).toLowerCase();
  const later = typed(call, 1, 'datetime');
  const earlier = typed(call, 2, 'datetime');
  const nullable = later.nullable || earlier.nullable;
  const difference = (number: (t: string) => string) =>
    value(`CAST(${number(later.sql)} - (${number(earlier.sql)}) AS BIGINT)`, 'long', nullable);
  switch (part) {
    case 'year':
      return difference((t) => `year(kql_date(${t}))`);
    case 'quarter':
      return difference((t) => `(year(kql_date(${t})) * 4 + quarter(kql_date(${t})))`);
    case 'month':
      return difference((t) => `(year(kql_date(${t})) * 12 + month(kql_date(${t})))`);
    case 'week':
      // Weeks begin on Sunday; 0001-01-01 was a Monday.
      return difference((t) => `((${t} // ${ticksPerDay} + 1) // 7)`);
    case 'nanosecond':
      return value(`((${later.sql} - ${earlier.sql}) * 100)`, 'long', nullable);
    default: {
      const ticks = fixedParts[part];
      if (ticks === undefined) throw unsupported(`the part '${part}' of a datetime`, argumentSpan(call, 0));
      return difference((t) => `(${t} // ${ticks})`);
    }
  }
}

const parts: Readonly<Record<string, (t: string) => string>> = {
  year: (t) => `year(kql_date(${t}))`,
  quarter: (t) => `quarter(kql_date(${t}))`,
  month: (t) => `month(kql_date(${t}))`,
  week_of_year: (t) => `weekofyear(kql_date(${t}))`,
  day: (t) => `day(kql_date(${t}))`,
  dayofyear: (t) => `dayofyear(kql_date(${t}))`,
  hour: (t) => `(${t} // 36000000000 % 24)`,
  minute: (t) => `(${t} // 600000000 % 60)`,
  second: (t) => `(${t} // 10000000 % 60)`,
  millisecond: (t) => `(${t} // 10000 % 1000)`,
  microsecond: (t) => `(${t} // 10 % 1000000)`,
  nanosecond: (t) => `(${t} % 10000000 * 100)`,
};

function datetimePart(call: Call): Value {
  const part = literalText(call, 0).toLowerCase();
  const number = parts[part];
  if (number === undefined) throw unsupported(`the part '${part}' of a datetime`, argumentSpan(call, 0));
  const from = typed(call, 1, 'datetime');
  return value(`CAST(${number(from.sql)} AS INTEGER)`, 'int', from.nullable);
}

function part(name: string): ScalarFunction {
  const number = parts[name];
  return template(
    ['datetime'],
    'int',
    (t) => `CAST(${number === undefined ? 'NULL' : number(t)} AS INTEGER)`,
  );
}

type Unit = 'day' | 'month' | 'week' | 'year';

function shifted(start: string, unit: Unit, offset: string): string {
  if (unit === 'day') return `${start} + ${offset} * ${ticksPerDay}`;
  if (unit === 'week') return `${start} + ${offset} * ${7n * ticksPerDay}`;
  return `kql_add_months(${start}, ${offset}${unit === 'year' ? ' * 12' : ''})`;
}

function startOf(unit: Unit): ScalarFunction {
  return template(
    ['datetime', 'long'],
    'datetime',
    (t, offset) => {
      const start = `kql_${unit}_start(${t})`;
      return offset === undefined
        ? `kql_datetime(${start})`
        : `kql_datetime(${shifted(start, unit, offset)})`;
    },
    { optional: 1 },
  );
}

function endOf(unit: Unit): ScalarFunction {
  return template(
    ['datetime', 'long'],
    'datetime',
    (t, offset) =>
      `kql_datetime(${shifted(`kql_${unit}_start(${t})`, unit, offset === undefined ? '1' : `(${offset} + 1)`)} - 1)`,
    { optional: 1 },
  );
}

function makeDatetime(call: Call): Value {
  if (call.args.length === 1 || call.args.length === 2 || call.args.length === 4) {
    throw unsupported(`'make_datetime' with ${call.args.length} arguments`, call.span);
  }
  const [year = '', month = '', day = '', hour = '0', minute = '0'] = call.args.map((_argument, index) =>
    index < 5 ? typed(call, index, 'long').sql : '',
  );
  const second = call.args.length > 5 ? typed(call, 5, 'real').sql : '0';
  const date = `TRY_CAST(CAST(${year} AS VARCHAR) || '-' || CAST(${month} AS VARCHAR) || '-' || CAST(${day} AS VARCHAR) AS DATE)`;
  const clock = `${hour} * ${ticksPerHour} + ${minute} * ${ticksPerMinute} + CAST(round(${second} * 10000000) AS BIGINT)`;
  return value(
    `CASE WHEN ${year} BETWEEN 1 AND 9999 AND ${hour} BETWEEN 0 AND 23 AND ${minute} BETWEEN 0 AND 59 AND ${second} >= 0 AND ${second} < 60 THEN kql_ticks(${date}) + ${clock} END`,
    'datetime',
  );
}

function makeTimespan(call: Call): Value {
  // hour, minute[, second], or day, hour, minute, second.
  const days = call.args.length === 4 ? typed(call, 0, 'long').sql : '0';
  const offset = call.args.length === 4 ? 1 : 0;
  const hour = typed(call, offset, 'long').sql;
  const minute = typed(call, offset + 1, 'long').sql;
  const second = call.args.length - offset > 2 ? typed(call, offset + 2, 'real').sql : '0';
  return value(
    `CASE WHEN ${hour} BETWEEN 0 AND 23 AND ${minute} BETWEEN 0 AND 59 AND ${second} >= 0 AND ${second} < 60 THEN ${days} * ${ticksPerDay} + ${hour} * ${ticksPerHour} + ${minute} * ${ticksPerMinute} + CAST(round(${second} * 10000000) AS BIGINT) END`,
    'timespan',
  );
}

const unixEpoch = '621355968000000000';

function fromUnix(unit: bigint): ScalarFunction {
  return {
    min: 1,
    max: 1,
    compile: (call) => {
      const given = argument(call, 0);
      if (given.type === 'int' || given.type === 'long') {
        return value(`kql_in_range(${unixEpoch} + CAST(${given.sql} AS HUGEINT) * ${unit})`, 'datetime');
      }
      const seconds = typed(call, 0, 'real');
      return value(
        `kql_in_range(${unixEpoch} + CAST(kql_real_long(round(${seconds.sql} * ${unit})) AS HUGEINT))`,
        'datetime',
      );
    },
  };
}

export const datetimeFunctions: FunctionTable = {
  ago: { min: 1, max: 1, compile: ago },
  datepart: { min: 2, max: 2, compile: datetimePart },
  datetime_add: { min: 3, max: 3, compile: datetimeAdd },
  datetime_diff: { min: 3, max: 3, compile: datetimeDiff },
  datetime_part: { min: 2, max: 2, compile: datetimePart },
  dayofmonth: part('day'),
  dayofweek: template(['datetime'], 'timespan', (t) => `((${t} // ${ticksPerDay} + 1) % 7 * ${ticksPerDay})`),
  dayofyear: part('dayofyear'),
  endofday: endOf('day'),
  endofmonth: endOf('month'),
  endofweek: endOf('week'),
  endofyear: endOf('year'),
  format_datetime: { min: 2, max: 2, compile: formatDatetime },
  format_timespan: { min: 2, max: 2, compile: formatTimespan },
  getmonth: part('month'),
  getyear: part('year'),
  hourofday: part('hour'),
  make_datetime: { min: 1, max: 6, compile: makeDatetime },
  make_timespan: { min: 2, max: 4, compile: makeTimespan },
  monthofyear: part('month'),
  now: { min: 0, max: 1, compile: now },
  startofday: startOf('day'),
  startofmonth: startOf('month'),
  startofweek: startOf('week'),
  startofyear: startOf('year'),
  unixtime_microseconds_todatetime: fromUnix(10n),
  unixtime_milliseconds_todatetime: fromUnix(10_000n),
  unixtime_nanoseconds_todatetime: template(
    ['long'],
    'datetime',
    (x) => `kql_in_range(${unixEpoch} + kql_floor_div(${x}, 100))`,
    { nullable: true },
  ),
  unixtime_seconds_todatetime: fromUnix(10_000_000n),
  week_of_year: part('week_of_year'),
};
