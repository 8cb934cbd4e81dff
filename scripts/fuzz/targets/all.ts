import type { Target } from '../target.ts';
import { entitiesTarget, propertiesTarget, sourceYamlTarget } from './configuration.ts';
import { framesTarget } from './frames.ts';
import { handOverTarget, keyTableTarget } from './key-index.ts';
import { kustoLocalTarget } from './kusto-local.ts';
import { proxyTarget, reactivatorTarget } from './sdk-servers.ts';
import { settingsTarget, stateTarget } from './settings.ts';

export const targets: readonly Target[] = [
  framesTarget(),
  sourceYamlTarget(),
  entitiesTarget(),
  propertiesTarget(),
  settingsTarget(),
  stateTarget(),
  handOverTarget(),
  keyTableTarget(),
  proxyTarget(),
  reactivatorTarget(),
  kustoLocalTarget(),
];
