import type { Contest, Figures } from './contest.ts';

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly value: (figures: Figures) => number;
}

const panels: readonly Panel[] = [
  { title: 'CPU a million rows', unit: 's', value: (figures) => figures.cpuSecondsPerMillion },
  { title: 'peak RSS', unit: 'MB', value: (figures) => figures.peakRssMb },
  { title: 'rows a second', unit: '', value: (figures) => figures.rowsPerSecond },
];

const colors = ['#0b6bcb', '#c4581a', '#8a8f98'];
const [panelWidth, rowHeight, top, left] = [300, 34, 64, 16];

/** A contest as a picture: three rows of bars, each scaled by its longest. */
export function plot({ mode, rows, figures }: Contest): string {
  const height = top + figures.length * rowHeight + 24;
  const width = left * 2 + panels.length * panelWidth;
  const body = panels.map((panel, at) => drawPanel(panel, figures, left + at * panelWidth)).join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">` +
    `<rect width="100%" height="100%" fill="#ffffff"/>` +
    `<text x="${left}" y="24" font-size="15" font-weight="600" fill="#1b1f24">${mode}, ${rows.toLocaleString('en')} rows</text>` +
    `${body}</svg>\n`
  );
}

function drawPanel(panel: Panel, figures: readonly Figures[], x: number): string {
  const longest = Math.max(...figures.map(panel.value));
  const bars = figures.map((each, at) => {
    const y = top + at * rowHeight;
    const value = panel.value(each);
    const shown = value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
    const length = Math.max(2, (value / longest) * (panelWidth - 40));
    return (
      `<text x="${x}" y="${y + 11}" fill="#4a515a">${each.name}: ${shown} ${panel.unit}</text>` +
      `<rect x="${x}" y="${y + 15}" width="${length.toFixed(1)}" height="9" rx="2" fill="${colors[at] ?? '#444444'}"/>`
    );
  });
  return `<text x="${x}" y="50" font-weight="600" fill="#1b1f24">${panel.title}</text>${bars.join('')}`;
}
