import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelTable } from './model-table.ts';
import { Operator } from './operator.ts';
import type { Profile } from './profile.ts';
import { profileNamed } from './profiles.ts';
import { WireLog } from './wire-log.ts';

const massDelete = 'To allow it once, start the Source with DELETE_LIMIT set to 4 or more, and set it back';

function scene(profile: Profile) {
  const commands: string[] = [];
  const table = {
    policyOn: async (command: string) => {
      commands.push(command);
    },
  } as Partial<ModelTable> as ModelTable;
  const log = new WireLog();
  const operator = new Operator(profile, table, log);
  let lsn = 0;
  const deletes = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      lsn += 1;
      const before = { id: `Row:${lsn}`, labels: ['Row'], properties: {} };
      log.deliver([Buffer.from(JSON.stringify({ op: 'd', payload: { source: { lsn }, before } }))]);
    }
  };
  const scanned = (scannedAt: number): void =>
    operator.stored({ checkpoint: { entities: { rows: { cursor: 'c', scannedAt } } }, sessions: [] });
  return { operator, commands, deletes, scanned };
}

describe('who runs the source of a plan', () => {
  it('does what the messages say, and nothing about any other end', async () => {
    const { operator, commands } = scene(profileNamed('gap-stop'));
    const policy =
      'Switch it on: .alter table T policy ingestiontime true, then set ON_GAP to resnapshot, which';
    assert.deepEqual(await operator.ended('GAP', policy), { ON_GAP: 'resnapshot' });
    assert.deepEqual(commands, ['.alter table T policy ingestiontime true']);
    assert.equal(await operator.ended('MASS_DELETE', massDelete), undefined);
    const other = scene(profileNamed('delete-limit')).operator;
    assert.deepEqual(await other.ended('MASS_DELETE', massDelete), { DELETE_LIMIT: '4' });
    assert.equal(await other.ended('GAP', policy), undefined);
  });

  it('sees deletes of a scan that stops to ask, and more than the limit (R19)', async () => {
    const asked = scene(profileNamed('delete-limit'));
    asked.operator.started({ DELETE_LIMIT: '2' });
    asked.deletes(2);
    asked.scanned(1);
    await asked.operator.ended('MASS_DELETE', massDelete);
    const none: Error | undefined = asked.operator.broken;
    assert.ok(none === undefined, none?.message);
    asked.deletes(1);
    await asked.operator.ended('MASS_DELETE', massDelete);
    assert.match(
      asked.operator.broken?.message ?? '',
      /^R19: Row:3 was deleted, and then a person was asked/,
    );
    const over = scene(profileNamed('delete-limit'));
    over.operator.started({ DELETE_LIMIT: '2' });
    over.deletes(3);
    over.scanned(1);
    assert.match(over.operator.broken?.message ?? '', /^R19: a scan deleted 3, and DELETE_LIMIT is 2/);
  });
});
