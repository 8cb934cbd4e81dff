/** Which file compiles which operator. */
import type { Operator } from '../../parser/tree/tree.ts';
import { unsupported } from '../../refusal.ts';
import type { Relation } from '../relation.ts';
import { join, lookup } from './combine.ts';
import { mvApply, mvExpand } from './expand.ts';
import { makeSeries } from './make-series.ts';
import { parse } from './parse.ts';
import { parseKv } from './parse-kv.ts';
import { evaluate } from './plugins.ts';
import { extend, project, rename, select } from './project.ts';
import { count, distinct, filter, getschema, sort, take, top } from './rows.ts';
import { frozenFor, serialize } from './serialize.ts';
import { partition } from './partition.ts';
import { as, sample, sampleDistinct, topHitters } from './sample.ts';
import { summarize } from './summarize.ts';
import { topNested } from './top-nested.ts';
import { union } from './union.ts';
import type { OperatorInput } from './operator.ts';

/** `invoke` is not here: it compiles a function's body. */
export function applyOperator(
  operator: Exclude<Operator, { readonly kind: 'invoke' }>,
  given: OperatorInput,
): Relation {
  const input = frozenFor(operator, given);
  switch (operator.kind) {
    case 'as':
      return as(operator, input);
    case 'count':
      return count(operator, input);
    case 'distinct':
      return distinct(operator, input);
    case 'bag_unpack':
    case 'narrow':
    case 'pivot':
      return evaluate(operator, input);
    case 'extend':
      return extend(operator, input);
    case 'serialize':
      return serialize(operator, input);
    case 'filter':
      return filter(operator, input);
    case 'getschema':
      return getschema(operator, input);
    case 'join':
      return join(operator, input);
    case 'make-series':
      return makeSeries(operator, input);
    case 'parse-kv':
      return parseKv(operator, input);
    case 'parse':
      return parse(operator, input);
    case 'lookup':
      return lookup(operator, input);
    case 'mvApply':
      return mvApply(operator, input);
    case 'mvExpand':
      return mvExpand(operator, input);
    case 'partition':
      return partition(operator, input);
    case 'project':
      return project(operator, input);
    case 'rename':
      return rename(operator, input);
    case 'sample':
      return sample(operator, input);
    case 'sampleDistinct':
      return sampleDistinct(operator, input);
    case 'select':
      return select(operator, input);
    case 'sort':
      return sort(operator, input);
    case 'summarize':
      return summarize(operator, input);
    case 'take':
      return take(operator, input);
    case 'top':
      return top(operator, input);
    case 'topHitters':
      return topHitters(operator, input);
    case 'topNested':
      return topNested(operator, input);
    case 'union':
      return union(input.input, operator.parts, input, operator.span);
    default:
      throw unsupported('this operator', { start: 0, length: 0 });
  }
}
