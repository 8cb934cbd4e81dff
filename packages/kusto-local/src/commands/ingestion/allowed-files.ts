import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { isAbsolute, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { badRequest } from '../../service-errors.ts';

/** A file that an ingestion may read, open. */
export interface AllowedFile {
  /** As the command named it. */
  readonly name: string;
  /** Without symbolic links. */
  readonly path: string;
  readonly handle: FileHandle;
}

/**
 * Opens a file in one of the folders from which files may be ingested. Symbolic links are followed first: what counts is where
 * the file really is.
 *
 * @throws KustoServiceError when the name is no local path, when there is no such file, or when it is elsewhere
 */
export async function openAllowed(name: string, folders: readonly string[]): Promise<AllowedFile> {
  const path = localPath(name);
  if (folders.length === 0) {
    throw badRequest(
      'Files are not ingested by this endpoint unless it is told from which folders: start it with --allow-folder.',
    );
  }
  const real = await realpath(path).catch(() => undefined);
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)));
  const isInside = roots.some(
    (root) => root !== undefined && real?.startsWith(root.endsWith(sep) ? root : root + sep) === true,
  );
  // One answer for both: whether a file exists elsewhere is nobody's business.
  if (real === undefined || !isInside)
    throw badRequest(`There is no file '${name}' in a folder that this endpoint may read (--allow-folder).`);
  // A pipe would make the open wait for a writer.
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const found = await handle.stat();
  if (!found.isFile()) {
    await handle.close();
    throw badRequest(`'${name}' is not a file.`);
  }
  return { name, path: real, handle };
}

function localPath(name: string): string {
  if (/^file:\/\//i.test(name)) {
    try {
      return fileURLToPath(name);
    } catch {
      throw badRequest(`'${name}' is not the URL of a local file.`);
    }
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(name)?.[1];
  if (scheme !== undefined) {
    throw badRequest(
      `This endpoint reads no ${scheme.toLowerCase()} storage and no network: name a local file by its absolute path.`,
    );
  }
  if (!isAbsolute(name)) throw badRequest(`'${name}' is not an absolute path of a local file.`);
  return name;
}
