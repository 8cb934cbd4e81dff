import { readFileSync } from 'node:fs';

const dockerfile = readFileSync(new URL('../deploy/proxy/Dockerfile', import.meta.url), 'utf8');

/** NODE_OPTIONS of the images: what is measured is what is deployed. */
export const imageNodeOptions: readonly string[] =
  /NODE_OPTIONS="([^"]*)"/.exec(dockerfile)?.[1]?.split(' ') ?? [];

/** Variables of the images that decide how much memory a process keeps. */
export const imageEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: /MALLOC_ARENA_MAX=(\d+)/.exec(dockerfile)?.[1] ?? '',
};
