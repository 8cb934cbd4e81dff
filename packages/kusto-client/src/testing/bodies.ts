/** Writes answers in every layout that a Kusto endpoint may use, from JSON tokens of cells, without any code of the scanner. */
export type Column = readonly [name: string, type: string];

export interface ResultShape {
  readonly columns: readonly Column[];
  /** Each cell is a JSON token. */
  readonly rows: readonly (readonly string[])[];
  /** Rows a fragment; 0 for an unfragmented DataTable. Default 2. */
  readonly fragment?: number;
  /** Frames in lines of their own. Default true. */
  readonly lines?: boolean;
  /** Keys of frames reversed, so that Rows stand before what explains them. */
  readonly reversed?: boolean;
  /** White space between all tokens of the frames. */
  readonly spaced?: boolean;
  readonly cursor?: string;
  /** The token of the Cursor row's Value; default the cursor as a JSON string. */
  readonly cursorToken?: string;
  readonly serverCache?: boolean;
  /** Rows of QueryCompletionInformation: level and payload. */
  readonly status?: readonly (readonly [level: number, payload: string])[];
  /** Changes to frames before they are written, by FrameType. */
  readonly edit?: (frame: Record<string, Raw>, index: number) => Record<string, Raw> | undefined;
}

/** A piece of JSON text that is written as it is. */
export interface Raw {
  readonly raw: string;
}

export function raw(text: string): Raw {
  return { raw: text };
}

export function json(value: unknown): Raw {
  return { raw: JSON.stringify(value) };
}

function rowsToken(rows: readonly (readonly string[])[], gap: string): Raw {
  const lines = rows.map((row) => `[${gap}${row.join(`${gap},${gap}`)}${gap}]`);
  return raw(`[${gap}${lines.join(`${gap},${gap}`)}${gap}]`);
}

function columnsToken(columns: readonly Column[]): Raw {
  return json(columns.map(([ColumnName, ColumnType]) => ({ ColumnName, ColumnType })));
}

function frame(type: string, fields: Record<string, Raw>): Record<string, Raw> {
  return { FrameType: json(type), ...fields };
}

export function v2Frames(shape: ResultShape): Record<string, Raw>[] {
  const { columns, rows, fragment = 2 } = shape;
  const gap = shape.spaced === true ? ' \n\t' : '';
  const frames = [
    frame('DataSetHeader', {
      IsProgressive: json(false),
      Version: json('v2.0'),
      IsFragmented: json(fragment > 0),
      ErrorReportingPlacement: json('EndOfTable'),
    }),
  ];
  const properties: string[][] = [['1', '"Visualization"', '"{\\"Visualization\\":null}"']];
  if (shape.serverCache === true)
    properties.push(['1', '"ServerCache"', '"{\\"OriginalStartedOn\\":\\"2026-01-01T00:00:00Z\\"}"']);
  if (shape.cursor !== undefined || shape.cursorToken !== undefined) {
    properties.push(['1', '"Cursor"', shape.cursorToken ?? JSON.stringify(shape.cursor)]);
  }
  frames.push(
    frame('DataTable', {
      TableId: json(0),
      TableKind: json('QueryProperties'),
      TableName: json('@ExtendedProperties'),
      Columns: columnsToken([
        ['TableId', 'int'],
        ['Key', 'string'],
        ['Value', 'dynamic'],
      ]),
      Rows: rowsToken(properties, gap),
    }),
  );
  const header = {
    TableId: json(1),
    TableKind: json('PrimaryResult'),
    TableName: json('PrimaryResult'),
    Columns: columnsToken(columns),
  };
  if (fragment === 0) {
    frames.push(frame('DataTable', { ...header, Rows: rowsToken(rows, gap) }));
  } else {
    frames.push(frame('TableHeader', header));
    for (let at = 0; at < rows.length; at += fragment) {
      frames.push(
        frame('TableFragment', {
          TableFragmentType: json('DataAppend'),
          TableId: json(1),
          Rows: rowsToken(rows.slice(at, at + fragment), gap),
        }),
      );
    }
    frames.push(frame('TableCompletion', { TableId: json(1), RowCount: json(rows.length) }));
  }
  const status = shape.status ?? [[4, 'done']];
  frames.push(
    frame('DataTable', {
      TableId: json(2),
      TableKind: json('QueryCompletionInformation'),
      TableName: json('QueryCompletionInformation'),
      Columns: columnsToken([
        ['Timestamp', 'datetime'],
        ['Level', 'int'],
        ['EventTypeName', 'string'],
        ['Payload', 'string'],
      ]),
      Rows: rowsToken(
        status.map(([level, payload]) => [
          '"2026-01-01T00:00:00Z"',
          String(level),
          '"QueryInfo"',
          JSON.stringify(payload),
        ]),
        gap,
      ),
    }),
    frame('DataSetCompletion', { HasErrors: json(false), Cancelled: json(false) }),
  );
  const { edit } = shape;
  return edit === undefined
    ? frames
    : frames.map((item, index) => edit(item, index)).filter((item) => item !== undefined);
}

function writeObject(fields: Record<string, Raw>, shape: ResultShape): string {
  const gap = shape.spaced === true ? ' \r\n' : '';
  const entries = Object.entries(fields);
  if (shape.reversed === true) entries.reverse();
  return `{${gap}${entries.map(([key, value]) => `${JSON.stringify(key)}${gap}:${gap}${value.raw}`).join(`${gap},${gap}`)}${gap}}`;
}

export function v2Body(shape: ResultShape): string {
  const frames = v2Frames(shape).map((item) => writeObject(item, shape));
  return shape.lines === false ? `[${frames.join(',')}]` : `[${frames.join('\n,')}\n]`;
}

/** A v1 answer: the result alone, with the properties, or with a table of contents. */
export function v1Body(shape: ResultShape, tables: 1 | 2 | 4 = 4, extra: Record<string, Raw> = {}): string {
  const gap = shape.spaced === true ? '\n ' : '';
  const table = (name: string, columns: readonly Column[], rows: readonly (readonly string[])[]): string =>
    writeObject({ TableName: json(name), Columns: columnsToken(columns), Rows: rowsToken(rows, gap) }, shape);
  const properties =
    shape.serverCache === true ? '{"ServerCache":{"x":1}}' : JSON.stringify({ Cursor: shape.cursor });
  const all = [
    table('Table_0', shape.columns, shape.rows),
    table('Table_1', [['Value', 'string']], [[JSON.stringify(properties)]]),
    table(
      'Table_2',
      [
        ['Timestamp', 'datetime'],
        ['Severity', 'int'],
        ['StatusDescription', 'string'],
      ],
      (shape.status ?? [[4, 'done']]).map(([level, payload]) => [
        '"2026-01-01T00:00:00Z"',
        String(level),
        JSON.stringify(payload),
      ]),
    ),
    table(
      'Table_3',
      [
        ['Ordinal', 'long'],
        ['Kind', 'string'],
        ['Name', 'string'],
      ],
      [
        ['0', '"QueryResult"', '"PrimaryResult"'],
        ['1', '"QueryProperties"', '"@ExtendedProperties"'],
        ['2', '"QueryStatus"', '"QueryStatus"'],
      ],
    ),
  ];
  return writeObject(
    { Tables: raw(`[${gap}${all.slice(0, tables).join(`${gap},${gap}`)}${gap}]`), ...extra },
    shape,
  );
}
