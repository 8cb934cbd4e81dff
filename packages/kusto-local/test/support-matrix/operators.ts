/**
 * Tabular operators, sources of rows and statements, each with a text that uses it over the harness' table; and the
 * operators of expressions. Families as in `functions.ts`.
 */
export interface SyntaxSample {
  readonly name: string;
  readonly family: string;
  /** A query that means something to the binder. */
  readonly sample: string;
}

function family(name: string, samples: Readonly<Record<string, string>>): readonly SyntaxSample[] {
  return Object.entries(samples).map(([operator, sample]) => ({ name: operator, family: name, sample }));
}

export const operators: readonly SyntaxSample[] = [
  ...family('rows', {
    where: 'StormEvents | where EventId == 1',
    filter: 'StormEvents | filter EventId == 1',
    take: 'StormEvents | take 1',
    limit: 'StormEvents | limit 1',
    top: 'StormEvents | top 1 by EventId',
    sort: 'StormEvents | sort by EventId',
    order: 'StormEvents | order by EventId',
    distinct: 'StormEvents | distinct State',
    count: 'StormEvents | count',
    sample: 'StormEvents | sample 1',
    'sample-distinct': 'StormEvents | sample-distinct 1 of State',
    serialize: 'StormEvents | serialize n = row_number()',
    search: "StormEvents | search 'TEXAS'",
    find: "find in (StormEvents) where State == 'TEXAS'",
  }),
  ...family('columns', {
    project: 'StormEvents | project EventId',
    'project-away': 'StormEvents | project-away EventId',
    'project-keep': 'StormEvents | project-keep EventId',
    'project-rename': 'StormEvents | project-rename Id = EventId',
    'project-reorder': 'StormEvents | project-reorder State',
    'project-by-names': 'StormEvents | project-by-names dynamic(["EventId"])',
    extend: 'StormEvents | extend x = 1',
    getschema: 'StormEvents | getschema',
    parse: "StormEvents | parse State with a:string ' ' b:string",
    'parse-where': "StormEvents | parse-where State with a:string ' ' b:string",
    'parse-kv': "StormEvents | parse-kv State as (a:long) with (pair_delimiter=',', kv_delimiter='=')",
  }),
  ...family('groups', {
    summarize: 'StormEvents | summarize count() by State',
    'make-series':
      'StormEvents | make-series c = count() on StartTime from datetime(2007-01-01) to datetime(2007-01-03) step 1d',
    'top-nested': 'StormEvents | top-nested 1 of State by count()',
    'top-hitters': 'StormEvents | top-hitters 1 of State',
    partition: 'StormEvents | partition by State (take 1)',
  }),
  ...family('tables together', {
    join: 'StormEvents | join (StormEvents) on EventId',
    lookup: 'StormEvents | lookup (StormEvents | project EventId, d = Damage) on EventId',
    union: 'StormEvents | union StormEvents',
    'mv-expand': 'StormEvents | mv-expand Details.l',
    'mv-apply': 'StormEvents | mv-apply l = Details.l on (take 1)',
    fork: 'StormEvents | fork (take 1) (count)',
    facet: 'StormEvents | facet by State',
  }),
  ...family('others', {
    as: 'StormEvents | as T',
    consume: 'StormEvents | consume',
    render: 'StormEvents | render table',
    invoke: 'let f = (T:(EventId:int)) { T | take 1 }; StormEvents | invoke f()',
    evaluate: 'StormEvents | evaluate bag_unpack(Details)',
    scan: 'StormEvents | sort by EventId asc | scan with (step s: true;)',
    'assert-schema': 'StormEvents | project EventId | assert-schema (EventId:int)',
    'macro-expand': "macro-expand entity_group [database('db')] as X (X.StormEvents | count)",
  }),
  ...family('machine learning', { reduce: 'StormEvents | reduce by State' }),
  ...family('graph', {
    'make-graph': 'StormEvents | make-graph EventId --> Damage | graph-to-table nodes',
    'graph-match': 'StormEvents | make-graph EventId --> Damage | graph-match (a)-[e]->(b) project a.EventId',
    'graph-shortest-paths':
      'StormEvents | make-graph EventId --> Damage | graph-shortest-paths (a)-[e*1..2]->(b) project a.EventId',
    'graph-to-table': 'StormEvents | make-graph EventId --> Damage | graph-to-table nodes',
    'graph-mark-components':
      'StormEvents | make-graph EventId --> Damage | graph-mark-components | graph-to-table nodes',
    'graph-where-nodes':
      'StormEvents | make-graph EventId --> Damage | graph-where-nodes true | graph-to-table nodes',
    'graph-where-edges':
      'StormEvents | make-graph EventId --> Damage | graph-where-edges true | graph-to-table nodes',
  }),
];

/** Where rows come from, and statements before a query. */
export const sources: readonly SyntaxSample[] = [
  ...family('sources', {
    datatable: 'datatable(a:long)[1]',
    print: 'print 1',
    range: 'range x from 1 to 2 step 1',
    'table()': "table('StormEvents')",
    'database()': "database('db').StormEvents",
    'cluster()': "cluster('c').database('db').StormEvents",
    'materialize()': 'let m = materialize(StormEvents); m | count',
    'toscalar()': 'print toscalar(StormEvents | count)',
    'view()': 'let v = view () { StormEvents }; v | count',
    'materialized_view()': "materialized_view('V')",
    'stored_query_result()': "stored_query_result('R')",
    'external_table()': "external_table('E')",
    'entity_group()': "entity_group [database('db')]",
    'graph()': "graph('G') | graph-to-table nodes",
    externaldata: "externaldata(a:long)['https://example.org/a.csv']",
  }),
  ...family('statements', {
    let: 'let x = 1; print x',
    'declare query_parameters': 'declare query_parameters(x:long = 1); print x',
    set: 'set notruncation; print 1',
    alias: "alias database D = cluster('c').database('db'); print 1",
    'declare pattern': "declare pattern p = (a:string) { ('x') = { StormEvents }; }; p('x')",
    'restrict access': 'restrict access to (StormEvents); StormEvents',
  }),
];

/** Sources that are executed, but have nothing to name in the harness' database. */
export const storedSources: ReadonlySet<string> = new Set(['materialized_view()', 'stored_query_result()']);

/** The plugins that are executed. */
export const pluginSamples: Readonly<Record<string, string>> = {
  bag_unpack: 'StormEvents | evaluate bag_unpack(Details)',
  narrow: 'StormEvents | project State | evaluate narrow()',
  pivot: 'StormEvents | project State, EventId | evaluate pivot(State)',
};

/** The operators of expressions that have a page of their own. */
const negatable =
  'has has_cs hasprefix hasprefix_cs hassuffix hassuffix_cs contains contains_cs startswith startswith_cs endswith endswith_cs in in~ between';

export const scalarOperators: readonly string[] = [
  '+ - * / % < > <= >= == != =~ !~ and or has_any has_all'.split(' '),
  negatable.split(' ').flatMap((name) => [name, `!${name}`]),
  ['matches regex'],
].flat();
