import type { Tabular } from './tree/tree.ts';

/** Ends the conversion of a query at the first plugin whose columns depend on the data: what follows cannot be bound yet. */
export class DiscoveryNeeded extends Error {
  override readonly name = 'DiscoveryNeeded';
  /** The rows up to the plugin and with it. */
  readonly source: Tabular;

  constructor(source: Tabular) {
    super('the columns depend on the data');
    this.source = source;
  }
}
