import { expect } from '../check.ts';

/**
 * Of bootstraps and of changes: the change router drops an element when any of its labels has no subscriber, so that one with several
 * may come by bootstrap and never change.
 */
export function haveOneLabel(
  elements: readonly { readonly id: string; readonly labels: readonly string[] }[],
): string {
  const several = elements.find(({ labels }) => labels.length > 1);
  expect(several === undefined, `"${several?.id ?? ''}" has the labels ${several?.labels.join(', ') ?? ''}`);
  return 'one each';
}
