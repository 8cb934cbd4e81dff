import { styleText } from 'node:util';
import type { Clock } from '@drasi-kusto/source-sdk';
import type { QueryResult } from './drasi-engine.ts';
import { writeFully, type DecodedChange, type QuickstartEvent, type QuickstartView } from './events.ts';
import { stringifyExact, type ExactValue, type Row } from './exact-json.ts';
import { hasColour, type TerminalStream } from '../terminal.ts';
import { dollars, grouped, oneLine, shorten, signed, wrap } from '../text.ts';

export interface TerminalViewOptions {
  readonly stdout: TerminalStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now'>;
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** For a person: what runs, then every change with the results it caused. Fits 80 columns; colours on a terminal only. */
export function terminalView({ stdout, env, clock }: TerminalViewOptions): QuickstartView {
  const coloured = hasColour(stdout, env);
  const paint: Paint = (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
  const width = Math.min(100, Math.max(60, stdout.columns ?? 80));
  return (event) => {
    const lines = eventLines(event, paint, width, clock.now());
    return lines.length === 0 ? Promise.resolve() : writeFully(stdout, `${lines.join('\n')}\n`);
  };
}

function eventLines(event: QuickstartEvent, paint: Paint, width: number, now: number): readonly string[] {
  const fact = (name: string, text: string) => `  ${paint('bold', name.padEnd(10))} ${text}`;
  switch (event.event) {
    case 'starting':
      return [
        paint('bold', 'drasi-kusto quick start'),
        paint('dim', 'A Kusto table becomes a live graph, and continuous queries follow every change.'),
        '',
        paint('dim', `  Starting an embedded Kusto with ${grouped(event.rows)} generated storms ...`),
      ];
    case 'endpoint':
      return [
        fact('Kusto', `${paint('cyan', event.url)}  database ${event.database}`),
        fact('Table', `${event.table}: ${grouped(event.rows)} rows in ${seconds(event.seconds)}`),
      ];
    case 'engine':
      return event.available
        ? [fact('Engine', event.detail)]
        : [
            fact('Engine', paint('yellow', 'not available, so changes are shown without query results')),
            `             ${paint('dim', shorten(event.detail, width - 13))}`,
          ];
    case 'bootstrap':
      return [
        fact('Bootstrap', `${grouped(event.elements)} ${event.label} nodes in ${seconds(event.seconds)}`),
      ];
    case 'query':
      return [
        fact(
          'Query',
          `${paint(queryStyle(event.query), event.query)}  ${grouped(event.rows)} ${event.rows === 1 ? 'row' : 'rows'} now`,
        ),
        ...event.cypher
          .split(/ (?=WHERE |RETURN )/)
          .flatMap((clause) => wrap(clause, width - 13, 7, /(?<=,) /))
          .map((text) => `             ${paint('dim', text)}`),
      ];
    case 'ready':
      return [
        '',
        paint('bold', '  Storms arrive now, some corrected or withdrawn.') +
          (event.forSeconds === undefined
            ? ' Ctrl-C stops.'
            : ` Ends in ${event.forSeconds} s, or with Ctrl-C.`),
        ...suggestions(event.url, event.database, event.table, paint),
        '',
      ];
    case 'change':
      return [changeLine(event.change, paint, width, now)];
    case 'result':
      return [resultLine(event.result, paint, width)];
    case 'summary':
      return [paint('dim', summaryLine(event.changes, event.results, event.totals, width))];
    case 'notice':
      return wrap(oneLine(event.message), width - 2, 2).map((text) => paint('yellow', `! ${text}`));
    case 'stopped':
      return [
        '',
        `Stopped after ${seconds(event.seconds)}: ${counted(event.changes, 'change')}, ${counted(event.results, 'query result')}. Nothing is left behind.`,
        paint('dim', 'Next: npx drasi-kusto --help, and a Source of your own in README.md.'),
      ];
    default:
      return unreachable(event);
  }
}

function unreachable(event: never): never {
  throw new Error(`no view of ${JSON.stringify(event)}`);
}

/** Commands to paste: flush left, and no line over 80 columns. JSON allows a line end between its tokens. */
function suggestions(url: string, database: string, table: string, paint: Paint): readonly string[] {
  const post = (path: string) => `curl ${url}${path} -H content-type:application/json -d '`;
  return [
    paint('dim', '  In another terminal: add a storm of your own, again with another damage,'),
    paint('dim', '  or ask the endpoint in KQL.'),
    '',
    post('/v1/rest/mgmt'),
    `{"db":"${database}",`,
    `"csl":".ingest inline into table ${table} <|,,1,7,NEW YORK,Hail,,,,,9000"}'`,
    '',
    post('/v1/rest/query'),
    `{"db":"${database}","csl":"${table} | summarize count() by EventType"}'`,
  ];
}

function changeLine({ op, id, properties }: DecodedChange, paint: Paint, width: number, now: number): string {
  const time = new Date(now).toISOString().slice(11, 19);
  const what = [properties['State'], properties['EventType']]
    .map((value) => (typeof value === 'string' ? value : ''))
    .filter((value) => value !== '')
    .join('  ');
  const name = shorten(oneLine(id), 40);
  const rest = shorten(op === 'd' && what === '' ? 'withdrawn' : oneLine(what), width - 14 - name.length);
  return `${paint('dim', time)}  ${paint(op === 'd' ? 'red' : 'bold', op)} ${name}  ${rest}`;
}

const typeStyle = { ADD: 'green', UPDATE: 'yellow', DELETE: 'red' } as const;

function queryStyle(query: string): Style {
  return query === 'new-york' ? 'cyan' : 'magenta';
}

function resultLine({ query, type, before, after }: QueryResult, paint: Paint, width: number): string {
  const row = after ?? before ?? {};
  const head = `          ${query.padEnd(15)} ${type.padEnd(6)} `;
  const body = shorten(
    inOrder(row)
      .filter(([name, value]) => !isQuiet(name, value, before?.[name]))
      .map(([name, value]) => cell(name, value, after === undefined ? undefined : before?.[name]))
      .join('  '),
    width - head.length,
  );
  return `          ${paint(queryStyle(query), query.padEnd(15))} ${paint(typeStyle[type], type.padEnd(6))} ${body}`;
}

// The engine gives columns by the alphabet; a reader wants where and what first.
const columnOrder = ['State', 'Event', 'Storms', 'Injuries', 'Deaths', 'Damage'];

function inOrder(row: Row): [string, ExactValue][] {
  const place = (name: string) =>
    columnOrder.includes(name) ? columnOrder.indexOf(name) : columnOrder.length;
  return Object.entries(row).sort(([one], [other]) => place(one) - place(other));
}

/** Injuries and deaths of nobody, before and now, say nothing; nor does what the change's line has just said. */
function isQuiet(name: string, value: ExactValue, before: ExactValue | undefined): boolean {
  if (name === 'EventId') return true;
  return (name === 'Injuries' || name === 'Deaths') && !value && !before;
}

const singular: Readonly<Record<string, string>> = { Storms: 'storm', Injuries: 'injury', Deaths: 'death' };

function cell(name: string, value: ExactValue, before: ExactValue | undefined): string {
  if (typeof value === 'number' && name === 'Damage') {
    const change =
      typeof before === 'number' && before !== value ? ` (${signed(value - before, dollars)})` : '';
    return `${dollars(value)}${change}`;
  }
  if (typeof value === 'number') {
    const change =
      typeof before === 'number' && before !== value ? ` (${signed(value - before, grouped)})` : '';
    const noun = (value === 1 ? singular[name] : undefined) ?? name.toLowerCase();
    return `${grouped(value)} ${noun}${change}`;
  }
  return value === null ? `${name} null` : oneLine(plain(value));
}

function plain(value: ExactValue): string {
  return typeof value === 'string' ? value : stringifyExact(value);
}

function summaryLine(changes: number, results: number, totals: readonly Row[], width: number): string {
  const most = totals
    .map(({ State, Damage }) => ({
      state: plain(State ?? null),
      damage: typeof Damage === 'number' ? Damage : 0,
    }))
    .sort((one, other) => other.damage - one.damage)
    .slice(0, 2)
    .map(({ state, damage }) => `${state} ${dollars(damage)}`);
  const text = `-- ${counted(changes, 'change')}, ${counted(results, 'result')}${most.length === 0 ? '' : `; most damage: ${most.join(', ')}`}`;
  return shorten(oneLine(text), width);
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
