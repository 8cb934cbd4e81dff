/** Preloaded into a measured process: tells its parent at the end what it used. */
import { writeSync } from 'node:fs';
import { usageSoFar } from './usage.ts';

process.on('exit', () => writeSync(3, JSON.stringify(usageSoFar())));
