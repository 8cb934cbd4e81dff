import { writeFully, type QuickstartEvent, type QuickstartView } from './events.ts';
import { stringifyExact, type ExactValue } from './exact-json.ts';

/**
 * One JSON object a line on stdout, for programs. Of a change it gives `op`, `id`, `labels` and, as published, the whole
 * `change` in Drasi's wire form; of a result `query`, `type`, `before` and `after` (null where there is none). Integers
 * are exact. What is only news for a person goes to stderr.
 */
export function jsonView(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): QuickstartView {
  return async (event) => {
    if (event.event === 'notice') await writeFully(stderr, `${event.message}\n`);
    else if (event.event === 'starting' || event.event === 'summary') return;
    else await writeFully(stdout, `${line(event)}\n`);
  };
}

function line(event: Exclude<QuickstartEvent, { event: 'notice' | 'starting' | 'summary' }>): string {
  if (event.event === 'change') {
    const { op, id, labels, wire } = event.change;
    return `${stringifyExact({ event: 'change', op, id, labels: [...labels] }).slice(0, -1)},"change":${Buffer.from(wire).toString('utf8')}}`;
  }
  if (event.event === 'result') {
    const { query, type, before, after } = event.result;
    return stringifyExact({ event: 'result', query, type, before: before ?? null, after: after ?? null });
  }
  const members: [string, ExactValue][] = [];
  for (const [name, value] of Object.entries(event)) if (value !== undefined) members.push([name, value]);
  return stringifyExact(Object.fromEntries(members));
}
