// `npm run audit`: known vulnerabilities of what the packages need at run time. Fails on one that is high or critical. A registry that
// has no audit endpoint, as many mirrors do, cannot tell: that is said, and fails nothing.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What `npm audit --json` said.
 * @returns {{ code: number, text: string }} the exit code of the check, and what to tell
 */
export function verdict(output) {
  let report;
  try {
    report = JSON.parse(output);
  } catch {
    report = {};
  }
  const found = report?.metadata?.vulnerabilities;
  if (found === undefined || report.vulnerabilities === undefined) {
    const reason = report?.message ?? report?.error?.summary ?? 'no report';
    return { code: 0, text: `audit: not made, the registry gives none (${String(reason).slice(0, 200)})` };
  }
  const bad = Object.values(report.vulnerabilities).filter(({ severity }) =>
    ['high', 'critical'].includes(severity),
  );
  const counts = Object.entries(found).map(([severity, count]) => `${count} ${severity}`);
  if (bad.length === 0)
    return { code: 0, text: `audit: no high or critical vulnerability (${counts.join(', ')})` };
  const lines = bad.map(({ name, severity, range }) => `  ${severity}: ${name} ${range}`);
  return { code: 1, text: ['audit: vulnerabilities of production dependencies', ...lines].join('\n') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  });
  const { code, text } = verdict(stdout ?? '');
  process.stdout.write(`${text}\n`);
  process.exitCode = code;
}
