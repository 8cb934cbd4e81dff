import { MemoryStateStore, type ChangeBatch, type StateStore } from '@drasi-kusto/source-sdk';
import type { KustoLocal } from 'kusto-local';
import { parseEntity } from '../../config/config.ts';
import type { Detection, EntityConfig } from '../../config/entity-config.ts';
import type { PropertyValues } from '../../config/properties.ts';
import { RowKernel } from '../../element/row-kernel.ts';
import { SchemaDrift } from '../../feed/schema-drift.ts';
import type { EntityIndex } from '../../key-index/entity-index.ts';
import { HandOverJournal } from '../../key-index/hand-over-journal.ts';
import { KeyIndex } from '../../key-index/key-index.ts';
import { readRows } from '../../query/read-rows.ts';
import { SourceReader } from '../../query/source-reader.ts';
import type { RowRange } from '../../query/window-query.ts';
import { askBuckets } from '../ask-buckets.ts';
import { scan, type ScanEnd } from '../scan.ts';
import type { ScanLimits, ScanSource } from '../scan-source.ts';
import { baseline, publishAll } from '../whole-entity.ts';

export const db = 'NetDefaultDB';
const never = new AbortController().signal;
let tables = 0;

export interface SceneOptions {
  readonly properties?: PropertyValues;
  /** Of the table. */
  readonly columns?: string;
  readonly query?: (table: string) => string;
  readonly detection?: Detection;
  readonly limits?: Partial<ScanLimits>;
  /** Of the first start. Default 2. */
  readonly bucketCount?: number;
}

/** What a continuous query has of an element. */
export type Properties = Readonly<Record<string, unknown>>;

/** An entity over a table of its own, its index, and a reader who follows all changes. */
export class ScanScene implements AsyncDisposable {
  readonly kusto: KustoLocal;
  readonly table: string;
  readonly config: EntityConfig;
  readonly reader: SourceReader;
  readonly store = new MemoryStateStore();
  /** By id, as Drasi has them: `u` merges. */
  readonly elements = new Map<string, Properties>();
  /** `u id` and `d id`, in their order. */
  readonly published: string[] = [];
  readonly warnings: string[] = [];
  index!: EntityIndex;
  readonly schema: SchemaDrift;
  /** Of the next scans; the default is everything up to the cursor, or unbounded where the query is not row-local. */
  range: RowRange | undefined;
  readonly #options: SceneOptions;

  private constructor(kusto: KustoLocal, options: SceneOptions) {
    tables += 1;
    this.kusto = kusto;
    this.table = `S${tables}`;
    this.#options = options;
    this.config = parseEntity('scans', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: db,
      KUSTO_TABLE: this.table,
      PRIMARY_KEY: 'k',
      NODE_LABEL: 'N',
      ...(options.query === undefined ? {} : { KUSTO_QUERY: options.query(this.table) }),
      ...options.properties,
    });
    const note = (message: string): void => void this.warnings.push(message);
    const logger = { debug() {}, info() {}, warn: note, error: note };
    this.schema = new SchemaDrift(this.config, logger, undefined);
    this.reader = new SourceReader({ config: this.config, logger, env: {}, retry: { maxAttempts: 1 } });
  }

  static async begin(kusto: KustoLocal, options: SceneOptions = {}): Promise<ScanScene> {
    const scene = new ScanScene(kusto, options);
    await kusto.execute(db, `.create table ${scene.table} ${options.columns ?? '(k: string, v: long)'}`);
    await scene.open();
    return scene;
  }

  /** A start of the process: the index as it is stored. */
  async open(store: StateStore = this.store): Promise<void> {
    const bucketOf = (ids: readonly string[]): Promise<readonly number[]> =>
      askBuckets(this.reader, this.config, this.index.keys.bucketCount, ids, never);
    this.index = {
      keys: await KeyIndex.open({ store, bucketCount: this.#options.bucketCount ?? 2, epoch: '', probe: '' }),
      journal: await HandOverJournal.open({ store }),
      bucketOf,
    };
  }

  execute(text: string): Promise<unknown> {
    return this.kusto.execute(db, text.replaceAll('$T', this.table));
  }

  ingest(rows: string): Promise<unknown> {
    return this.kusto.ingest(db, this.table, rows);
  }

  /** Soft delete. */
  delete(predicate: string): Promise<unknown> {
    return this.execute(`.delete table $T records <| $T | where ${predicate}`);
  }

  async source(): Promise<ScanSource> {
    const { config, reader, index } = this;
    const note = (message: string): void => void this.warnings.push(message);
    const whole: RowRange = { whole: true };
    return {
      reader,
      config,
      index,
      logger: { debug() {}, info() {}, warn: note, error: note },
      clock: { now: () => 1_000, sleep: () => Promise.resolve() },
      schema: this.schema,
      detection: this.#options.detection ?? 'reconcile',
      range:
        this.range ?? (config.query.notRowLocal === undefined ? { upTo: await reader.cursor(never) } : whole),
      kernel: new RowKernel(),
      limits: this.#options.limits,
      end: { checkpoint: 'end' },
    };
  }

  async scan(): Promise<ScanEnd> {
    return await this.follow(scan(await this.source(), never));
  }

  async baseline(): Promise<number> {
    return await baseline(await this.source(), never);
  }

  async publishAll(): Promise<number> {
    return await this.follow(publishAll(await this.source(), never));
  }

  /** Takes every batch as its receiver does, and acknowledges it. */
  async follow<End>(batches: AsyncGenerator<ChangeBatch, End, void>): Promise<End> {
    for (;;) {
      const next = await batches.next();
      if (next.done === true) return next.value;
      for (const change of next.value.changes) {
        if (!('element' in change) || !(change.element instanceof Uint8Array)) throw new Error('not encoded');
        const { id, properties } = JSON.parse(Buffer.from(change.element).toString()) as {
          id: string;
          properties: Properties;
        };
        this.published.push(`${change.op} ${id}`);
        if (change.op === 'd') this.elements.delete(id);
        else this.elements.set(id, { ...this.elements.get(id), ...properties });
      }
    }
  }

  /** What was published since the last call, sorted. */
  news(): readonly string[] {
    return this.published.splice(0).sort();
  }

  /** A bootstrap of the entity that hands over what it sends, into `elements` (rule R6). */
  async bootstrap(session = 'b'): Promise<void> {
    const { range, detection, schema, kernel } = await this.source();
    const identity = { bucketCount: this.index.keys.bucketCount };
    const reading = { signal: never, identity, detection, kernel, shaper: schema };
    for await (const { rows, keyed } of readRows(this.reader, this.config, range, true, reading)) {
      if (keyed === undefined) throw new Error('no identity');
      const { changes, entries } = keyed.changes(rows);
      await this.index.journal.append(session, identity.bucketCount, entries);
      for (const { element } of changes) {
        const { id, properties } = JSON.parse(Buffer.from(element).toString()) as {
          id: string;
          properties: Properties;
        };
        this.elements.set(id, properties);
      }
    }
  }

  /** What the readers have, as `id: properties` lines, sorted. */
  held(): readonly string[] {
    return [...this.elements].map(([id, properties]) => `${id} ${JSON.stringify(properties)}`).sort();
  }

  /** What a new bootstrap would have, in that form. */
  async wanted(): Promise<readonly string[]> {
    const mine = new Map(this.elements);
    this.elements.clear();
    const { range, detection, kernel } = await this.source();
    const identity = { bucketCount: 1 };
    const reading = { signal: never, identity, detection, kernel };
    for await (const { rows, keyed } of readRows(this.reader, this.config, range, true, reading))
      for (const { element } of keyed?.changes(rows).changes ?? []) {
        const { id, properties } = JSON.parse(Buffer.from(element).toString()) as {
          id: string;
          properties: Properties;
        };
        this.elements.set(id, properties);
      }
    const wanted = this.held();
    this.elements.clear();
    for (const [id, properties] of mine) this.elements.set(id, properties);
    return wanted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.reader[Symbol.asyncDispose]();
  }
}
