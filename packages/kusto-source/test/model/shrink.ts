export interface Shrunk<P> {
  readonly plan: P;
  /** What is wrong with it. */
  readonly message: string;
  readonly runs: number;
}

/**
 * A shorter plan that fails as well: steps are left out, many at a time and then few, for as long as there is time. Which of two things
 * that happen at once is first is not the plan's to say, so a plan that fails is not sure to fail again: each is tried twice.
 * @param failure what is wrong with a plan; undefined when nothing is
 * @param until milliseconds since 1970
 */
export async function shrink<P extends { readonly steps: readonly unknown[] }>(
  plan: P,
  message: string,
  failure: (plan: P) => Promise<string | undefined>,
  until: number,
): Promise<Shrunk<P>> {
  let best: { readonly plan: P; readonly message: string } = { plan, message };
  let runs = 0;
  const fails = async (steps: P['steps']): Promise<boolean> => {
    for (let attempt = 0; attempt < 2 && Date.now() < until; attempt += 1) {
      runs += 1;
      const shorter = { ...plan, steps };
      const found = await failure(shorter);
      if (found === undefined) continue;
      best = { plan: shorter, message: found };
      return true;
    }
    return false;
  };
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.plan.steps.length && Date.now() < until;) {
      const { steps } = best.plan;
      if (!(await fails([...steps.slice(0, at), ...steps.slice(at + size)]))) at += size;
    }
  }
  return { ...best, runs };
}
