import type { EndpointOptions } from './endpoint/endpoint.ts';
import { createKqlCompiler } from './kql/compiler-pool.ts';
import { sqlPrelude } from './kql/sql/prelude.ts';

/** The package's compiler, in a worker thread that warms up while the endpoint starts. */
export function startCompiler(): Pick<EndpointOptions, 'compiler' | 'sqlPrelude'> {
  return { compiler: createKqlCompiler({}), sqlPrelude };
}
