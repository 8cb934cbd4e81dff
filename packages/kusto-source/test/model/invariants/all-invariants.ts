import type { Profile } from '../profile.ts';
import { AcknowledgedFirst, BoundedPublishes, CleanStop } from './deliveries.ts';
import { ExactKeys, NeverReverts, OneId } from './elements.ts';
import { Invariants } from './invariant.ts';
import { NoGhost, NoHole, ProvenDeletes } from './outcome.ts';
import { BeginsWithTheProcess, OneInFlight, WholeAnswers } from './reading.ts';

/** Those of a run of a profile. I10 is judged by the `GapJudge`, which knows of the gaps that the plan makes. */
export function allInvariants({ entities, scans }: Profile): Invariants {
  return new Invariants([
    new NoHole(),
    new AcknowledgedFirst(),
    // Scans find rows that are older than one that went.
    new NeverReverts(!scans),
    new OneId(entities),
    new ProvenDeletes(entities.some(({ live }) => live !== undefined)),
    new BeginsWithTheProcess(),
    new OneInFlight(),
    new BoundedPublishes(),
    new WholeAnswers(entities.length > 1),
    new ExactKeys(),
    new CleanStop(),
    new NoGhost(),
  ]);
}
