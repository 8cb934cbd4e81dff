#!/usr/bin/env node
// Says what it needs on a Node that strips no types, instead of failing with a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  await import('../src/conformance/main.ts');
} else {
  process.stderr.write(`source-conformance needs Node 22.19 or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
}
