import type { Column, Discovery, TextSpan } from '../../../types.ts';
import type { Expression } from './tree.ts';

interface Plugin {
  readonly span: TextSpan;
}

/** What a plugin makes of the data: told by the query, or found out by a {@link Discovery}. */
export interface PluginColumns {
  /** All output columns; undefined when they still have to be found out. */
  readonly columns: readonly Column[] | undefined;
  /** Those that the data made, when they were found out. */
  readonly discovered: readonly Column[] | undefined;
  /** Where to say them in the text: behind the call. */
  readonly at: number;
}

export interface BagUnpackOperator extends Plugin, PluginColumns {
  readonly kind: 'bag_unpack';
  /** The name of the column. */
  readonly bag: string;
  readonly prefix: string;
  readonly conflict: Discovery['conflict'];
  readonly ignored: readonly string[];
}

export interface PivotOperator extends Plugin, PluginColumns {
  readonly kind: 'pivot';
  /** The name of the column that is rotated. */
  readonly pivot: string;
  /** Undefined: count(). */
  readonly aggregate: (Expression & { readonly kind: 'call' }) | undefined;
  /** The columns that stay. */
  readonly keys: readonly Column[];
}

export interface NarrowOperator extends Plugin {
  readonly kind: 'narrow';
  readonly columns: readonly Column[];
}

export type PluginOperator = BagUnpackOperator | NarrowOperator | PivotOperator;
