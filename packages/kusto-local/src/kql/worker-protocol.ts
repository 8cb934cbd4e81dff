import type {
  Compilation,
  CompileRequest,
  DatabaseSchema,
  DefinitionCheck,
  RecordSelection,
  TableView,
  TextSpan,
} from '../types.ts';

/** What the worker is started with. */
export interface WorkerOptions {
  readonly maxTextLength: number;
}

/** To the worker. A database is sent once a version; later requests name it. */
export interface CompileMessage {
  readonly text: string;
  readonly parameters: CompileRequest['parameters'];
  readonly checks?: DefinitionCheck;
  readonly selection?: RecordSelection;
  readonly databaseName: string;
  readonly database: DatabaseSchema | undefined;
  readonly view: TableView | undefined;
  readonly discovered: CompileRequest['discovered'] | undefined;
}

export interface ErrorShape {
  readonly message: string;
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly permanent: boolean;
  readonly innerCode: string | undefined;
  readonly span: TextSpan | undefined;
}

/** From the worker. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'compiled'; readonly compilation: Compilation }
  | { readonly kind: 'refused'; readonly error: ErrorShape }
  | { readonly kind: 'failed'; readonly message: string; readonly stack?: string | undefined };
