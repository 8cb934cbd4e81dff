import type { Logger } from '@drasi-kusto/source-sdk';
import { entityName, type EntityConfig } from './config/entity-config.ts';

/** A logger whose lines name the entity, where a source has several. */
export function entityLogger(
  logger: Logger,
  config: Pick<EntityConfig, 'kind' | 'label'>,
  entities: number,
): Logger {
  if (entities === 1) return logger;
  const entity = entityName(config);
  const named =
    (level: keyof Logger): Logger['info'] =>
    (message, fields) =>
      logger[level](message, { entity, ...fields });
  return { debug: named('debug'), info: named('info'), warn: named('warn'), error: named('error') };
}
