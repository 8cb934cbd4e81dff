import type { Mutation } from '../mutation.ts';
import { ofAnswers } from './answers.ts';
import { ofBootstraps } from './bootstraps.ts';
import { ofDeletes } from './deletes.ts';
import { ofEnds } from './ends.ts';
import { ofReactivator } from './reactivator.ts';
import { ofScans } from './scans.ts';
import { ofState } from './state.ts';
import { ofWindows } from './windows.ts';

/** Every protection whose removal has to make a test fail. */
export const mutations: readonly Mutation[] = [
  ...ofReactivator,
  ...ofEnds,
  ...ofBootstraps,
  ...ofWindows,
  ...ofDeletes,
  ...ofScans,
  ...ofState,
  ...ofAnswers,
];
