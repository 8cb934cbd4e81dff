import type { Check } from '../check.ts';
import { expect } from '../check.ts';
import { ask } from '../http-client.ts';
import type { Answer } from '../http-client.ts';
import type { SourceUnderTest } from '../source-under-test.ts';
import { readLine } from '../wire-shape.ts';
import type { WireElement } from '../wire-shape.ts';
import { haveOneLabel } from './one-label.ts';

/** A label nobody owns. */
const FOREIGN = 'Conformance-Nobody-Owns-This';

async function elements(source: SourceUnderTest): Promise<readonly WireElement[]> {
  return linesOf(await source.bootstrap(source.labels)).map((line) => readLine(line));
}

function linesOf(answer: Answer): readonly string[] {
  expect(answer.status === 200, `the bootstrap was answered with ${answer.status}: ${excerpt(answer)}`);
  expect(answer.whole, 'the connection was cut before the end of the bootstrap');
  const text = answer.body.toString('utf8');
  if (text === '') return [];
  expect(text.endsWith('\n'), 'the last line has no line end');
  return text.slice(0, -1).split('\n');
}

const excerpt = ({ body }: Answer): string => body.toString('utf8').slice(0, 200);

export const bootstrapChecks: readonly Check[] = [
  {
    id: 'supports-stream',
    title: 'GET and POST /supports-stream are answered with 204 and no body',
    level: 'must',
    why: 'Drasi asks by POST; without a 2xx it falls back to /acquire, which holds the whole set in memory several times',
    async run(source) {
      const { url } = await source.proxy();
      for (const method of ['GET', 'POST']) {
        const { status, body } = await ask(`${url}/supports-stream`, { method });
        expect(
          status === 204 && body.length === 0,
          `${method} was answered with ${status} and ${body.length} bytes`,
        );
      }
      return '204 on both';
    },
  },
  {
    id: 'bootstrap-lines',
    title:
      'a bootstrap is one JSON object a line, with id, labels and properties, and both ends of a relation or none',
    level: 'must',
    why: 'the query host parses each line strictly: a line without `properties` ends the query, one with startId alone makes it panic',
    async run(source) {
      const found = await elements(source);
      expect(found.length > 0, 'the bootstrap is empty: give labels that the source has elements of');
      return `${found.length} elements`;
    },
  },
  {
    id: 'bootstrap-unique-ids',
    title: 'each id comes once in a bootstrap, for a node or for a relation',
    level: 'must',
    why: 'every element becomes an insert: a second one with its id counts twice, and one of the other kind makes the query panic',
    async run(source) {
      const seen = new Set<string>();
      for (const { id } of await elements(source)) {
        expect(!seen.has(id), `"${id}" came twice`);
        seen.add(id);
      }
      return `${seen.size} ids`;
    },
  },
  {
    id: 'bootstrap-labels',
    title: 'a bootstrap holds only what was asked for',
    level: 'must',
    why: 'an element of another label is counted by queries that never asked for it',
    async run(source) {
      const { nodeLabels, relLabels } = source.labels;
      for (const { id, labels, kind } of await elements(source)) {
        const asked = kind === 'node' ? nodeLabels : relLabels;
        expect(
          labels.some((label) => asked.includes(label)),
          `the ${kind} "${id}" has the labels ${labels.join(', ')}: none of them was asked for`,
        );
      }
      const [first, ...rest] = nodeLabels;
      if (first === undefined || rest.length === 0) return 'labels as asked';
      const alone = linesOf(await source.bootstrap({ nodeLabels: [first] })).map((line) => readLine(line));
      const other = alone.find(({ labels }) => !labels.includes(first));
      expect(other === undefined, `"${other?.id ?? ''}" came although only ${first} was asked for`);
      return 'labels as asked, also one alone';
    },
  },
  {
    id: 'bootstrap-one-label',
    title: 'an element has one label',
    level: 'should',
    why: 'the change router drops an element when any of its labels has no subscriber: it would come by bootstrap and never change',
    run: async (source) => haveOneLabel(await elements(source)),
  },
  {
    id: 'bootstrap-ascii',
    title: 'a bootstrap is ASCII, other characters escaped',
    level: 'should',
    why: "drasi-lib's platform bootstrapper decodes each piece of the stream by itself: a character that is cut in two ends the bootstrap",
    async run(source) {
      const { body } = await source.bootstrap(source.labels);
      const at = body.findIndex((byte) => byte > 0x7e);
      expect(
        at === -1,
        `byte ${at} is no ASCII: …${body.subarray(Math.max(0, at - 20), at + 4).toString('utf8')}…`,
      );
      return `${body.length} bytes`;
    },
  },
  {
    id: 'bootstrap-repeats',
    title: 'two bootstraps at the same time are both whole',
    level: 'must',
    why: 'several queries start at once when Drasi does',
    async run(source) {
      const [one, two] = await Promise.all([elements(source), elements(source)]);
      const both = new Set(one.map(({ id }) => id));
      const missing = two.filter(({ id }) => !both.has(id)).length;
      expect(
        two.length > 0 && missing < Math.max(1, two.length / 2),
        `${missing} of ${two.length} ids came in one of them only`,
      );
      return `${one.length} and ${two.length} elements`;
    },
  },
  {
    id: 'unowned-labels',
    title: 'labels that nobody owns, and no labels at all, are answered with 200 and nothing',
    level: 'must',
    why: 'Drasi asks every source of a query for every label in it: a 4xx would end the query',
    async run(source) {
      for (const labels of [{ nodeLabels: [FOREIGN], relLabels: [FOREIGN] }, {}]) {
        const answer = await source.bootstrap(labels);
        expect(
          answer.status === 200,
          `${JSON.stringify(labels)} was answered with ${answer.status}: ${excerpt(answer)}`,
        );
        expect(
          answer.whole && answer.body.length === 0,
          `${JSON.stringify(labels)} was answered with ${excerpt(answer)}`,
        );
      }
      return 'empty';
    },
  },
  {
    id: 'bad-request',
    title: 'a request that is no bootstrap request is answered with 4xx before the first byte',
    level: 'must',
    why: 'a 200 that turns out to be nothing is taken for a complete, empty bootstrap',
    async run(source) {
      const { url } = await source.proxy();
      for (const body of [
        '{"nodeLabels":["',
        'no JSON',
        '[]',
        '{"nodeLabels":[1],"relLabels":[]}',
        '{"nodeLabels":"x"}',
      ]) {
        const { status } = await ask(`${url}/acquire-stream`, { body });
        expect(status >= 400 && status < 500, `${body} was answered with ${status}`);
      }
      return '4xx';
    },
  },
];
