import type { BootstrapRequest } from '../src/contracts.ts';
import type { SourceElement } from '../src/elements.ts';
import { SourceProxy } from '../src/proxy/source-proxy.ts';

/** The bootstraps of a source with one node and one relation. @param asked gets every request that comes so far */
export function smallProxy(asked: BootstrapRequest[]): SourceProxy {
  return new SourceProxy({
    sourceId: 's',
    ownedLabels: { nodes: ['N'], relations: ['R'] },
    port: 0,
    bootstrap: async function* bootstrap(request): AsyncGenerator<SourceElement> {
      asked.push(request);
      if (request.nodeLabels.includes('N')) yield { id: 'n:1', labels: ['N'] };
      if (request.relLabels.includes('R')) yield { id: 'rel:1', labels: ['R'], startId: 'n:1', endId: 'n:1' };
    },
  });
}
