/** A package's archive, and the folder it is unpacked in. */
export interface Installed {
  readonly archive: string;
  readonly folder: string;
}
export const reportFolder: string;
export function installArchives(folder: string): Promise<Installed[]>;
export function writeReports(
  installed: readonly Installed[],
  reports: string,
  models: string,
): Promise<string[]>;
export function writeReference(models: string, target: string): Promise<void>;
