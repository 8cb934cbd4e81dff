import { KustoSourceError } from '../errors.ts';
import type { EntityConfig } from './entity-config.ts';
import { configurationError } from './values.ts';

type DetectionSettings = Pick<EntityConfig, 'query' | 'changeDetection' | 'versionColumn' | 'deletedWhen'>;

/** What the settings are called where they were written. */
export interface DetectionNames {
  readonly detection: string;
  readonly versionColumn: string;
  readonly deletedWhen: string;
}

/**
 * Refuses what no detection could follow, and settings that the detection would leave aside.
 * @throws KustoSourceError QUERY or CONFIGURATION
 */
export function checkDetection(settings: DetectionSettings, names: DetectionNames): void {
  const { query, changeDetection, versionColumn, deletedWhen } = settings;
  if (query.notForLatest !== undefined && changeDetection === 'latest')
    throw new KustoSourceError('QUERY', query.notForLatest);
  if (query.notRowLocal !== undefined && (changeDetection === 'append' || changeDetection === 'latest'))
    throw new KustoSourceError(
      'QUERY',
      `${query.notRowLocal}; or set ${names.detection} to reconcile, which takes any query`,
    );
  const given = [
    ...(versionColumn === undefined ? [] : [names.versionColumn]),
    ...(deletedWhen === undefined ? [] : [names.deletedWhen]),
  ];
  const [first] = given;
  if (first === undefined) return;
  if (changeDetection === 'append' || changeDetection === 'reconcile')
    throw configurationError(
      `${first} is for latest detection, and ${names.detection} is ${changeDetection}: set it to latest, or leave ${given.join(' and ')} out`,
    );
  const unfit = query.notRowLocal ?? query.notForLatest;
  if (unfit !== undefined)
    throw configurationError(
      `${first} is for latest detection, which cannot follow the query: leave ${given.join(' and ')} out, or change the query (${unfit})`,
    );
}
