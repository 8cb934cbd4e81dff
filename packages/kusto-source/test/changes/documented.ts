import { readFileSync } from 'node:fs';
import { modeNames, type Mode } from './mode-feed.ts';

/** What a mode sees of rows that come, or go: `poll`, `scan`, `late`, `gap`, `never`, `refused`. */
export type Sight = Readonly<Record<Mode, string>>;

/** A change of docs/changes.md: one or two rows of its table. */
export interface DocumentedChange {
  readonly change: string;
  readonly come?: Sight;
  readonly go?: Sight;
  /** What a window costs. */
  readonly window: string;
}

/** The changes of the page's first table. */
export function documentedChanges(): readonly DocumentedChange[] {
  const page = readFileSync(new URL('../../../../docs/changes.md', import.meta.url), 'utf8');
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith('| change |'));
  const titles = cellsOf(lines[head] ?? '');
  const changes: DocumentedChange[] = [];
  for (const line of lines.slice(head + 2, lines.indexOf('', head))) {
    const cells = cellsOf(line);
    const cell = (title: string): string => cells[titles.indexOf(title)] ?? '';
    const sight = Object.fromEntries(modeNames.map((mode) => [mode, cell(mode)])) as Sight;
    const rows = cell('rows') === 'come' ? { come: sight } : { go: sight };
    const name = cell('change');
    if (name === '') changes.push({ ...(changes.pop() ?? noChange), ...rows });
    else changes.push({ change: name, ...rows, window: cell('a window reads') });
  }
  return changes;
}

const noChange: DocumentedChange = { change: '', window: '' };

const cellsOf = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
