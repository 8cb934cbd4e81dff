/**
 * What a Source sends: elements of a graph, and changes of them, in the shapes of the Drasi platform
 * (its `typespec/source-output`, and the parsers of its query host).
 */

/** A value of a property. `bigint` is an integer; a `number` is an integer when it is one; {@link Float} never is. */
export type PropertyValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Float
  | readonly PropertyValue[]
  | { readonly [key: string]: PropertyValue };

export type Properties = { readonly [key: string]: PropertyValue };

/**
 * A floating point value that stays one on the wire: `new Float(5)` is written `5.0`. Drasi tells `5` (Integer) from
 * `5.0` (Float), and `5 = 5.0` is false there, so a column of floats must not change its type row by row.
 */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export interface SourceNode {
  /** Unique among nodes and relations of the source; never reused for the other kind. */
  readonly id: string;
  /** One label an element: the platform's router drops an element when any of its labels has no subscriber. */
  readonly labels: readonly string[];
  readonly properties?: Properties;
}

export interface SourceRelation extends SourceNode {
  /** The id of the node at the start of `(start)-[r]->(end)`. */
  readonly startId: string;
  readonly endId: string;
}

export type SourceElement = SourceNode | SourceRelation;

/**
 * One or more elements already in wire form: whole NDJSON lines, each ended by `\n`, ASCII only. The bytes are sent as
 * they are; they may be used for something else once the next elements are asked for.
 */
export interface EncodedElements {
  readonly ndjson: Uint8Array;
  /** How many lines `ndjson` holds. */
  readonly count: number;
}

/** `u` is an upsert and the right choice for every value that exists: an `i` seen twice counts twice in Drasi. */
export type ChangeOp = 'i' | 'u' | 'd';
export type ElementTable = 'node' | 'rel';

export interface SourceChange {
  readonly op: ChangeOp;
  readonly element: SourceElement;
  /** When it happened in the source, in nanoseconds since 1970 (UTC); must not be negative. Default: when the reactivator got it. */
  readonly timestampNs?: bigint;
}

/** A change whose element is already in wire form (a JSON object without a line end, ASCII only). */
export interface EncodedChange {
  readonly op: ChangeOp;
  readonly table: ElementTable;
  readonly element: Uint8Array;
  readonly timestampNs: bigint;
}

/** A value that JSON can hold without loss. Checkpoints and stored state are made of it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
