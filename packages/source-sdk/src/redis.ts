/** The entry `@drasi-kusto/source-sdk/redis`: what needs the optional package `@redis/client`. */
export { RedisStreamPublisher } from './publishers/redis-stream-publisher.ts';
export type { RedisStreamPublisherOptions } from './publishers/redis-stream-publisher.ts';
