import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { mutated, type Mutation } from './mutation.ts';

/** Of the root, what a copy makes for itself or does without. */
const notLinked = new Set(['.git', 'dist', 'node_modules', 'packages']);

/** A copy of the packages in a temporary folder, whose imports of each other stay inside it. */
export class Sandbox {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(root: string): Promise<Sandbox> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'mutations-')));
    await cp(join(root, 'packages'), join(folder, 'packages'), { recursive: true, verbatimSymlinks: true });
    for (const name of await readdir(root))
      if (!notLinked.has(name)) await symlink(join(root, name), join(folder, name));
    await linkModules(root, folder, 'node_modules');
    return new Sandbox(folder);
  }

  /** Runs `action` while the protection is missing. */
  async with<T>(mutation: Mutation, action: () => Promise<T>): Promise<T> {
    const path = this.path(mutation.file);
    const source = await readFile(path, 'utf8');
    await writeFile(path, mutated(source, mutation));
    try {
      return await action();
    } finally {
      await writeFile(path, source);
    }
  }

  /** @param file below `packages/` */
  path(file: string): string {
    return join(this.folder, 'packages', file);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A real folder of links, those to the workspace's own packages into the copy. */
async function linkModules(root: string, folder: string, modules: string): Promise<void> {
  await mkdir(join(folder, modules));
  for (const name of await readdir(join(root, modules))) {
    const path = join(modules, name);
    if (name.startsWith('@')) {
      await linkModules(root, folder, path);
      continue;
    }
    const inRoot = relative(await realpath(root), await realpath(join(root, path)));
    const isOwn = inRoot.startsWith(`packages${sep}`);
    await symlink(isOwn ? join(folder, inRoot) : join(root, path), join(folder, path));
  }
}
