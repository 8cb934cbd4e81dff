// Values that JavaScript would round or reshape, from a Kusto table through the Source to the wire.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startKustoLocal } from 'kusto-local';
import { DrasiKusto, sourceFile } from './drasi-kusto.ts';

describe('values on the wire', () => {
  it('are exact, in bootstrap and feed alike (I4, I11)', { timeout: 60_000 }, async () => {
    const kusto = await startKustoLocal({ port: 0 });
    await using _closing = { [Symbol.asyncDispose]: () => kusto.close() };
    await kusto.execute(
      'NetDefaultDB',
      '.create table T (id: long, r: real, t: datetime, s: string, d: dynamic, m: decimal, b: bool, g: guid, span: timespan, i: int)',
    );
    await kusto.execute(
      'NetDefaultDB',
      `.ingest inline into table T <|
9007199254740993,5.0,2026-01-02T03:04:05.1234567Z,é 😀,"{""a"":{""b"":[1,2.50,""ü"",null,9223372036854775807]}}",1.10,true,0F0E0D0C-0B0A-0908-0706-050403020100,1.02:03:04.0000005,-7
9223372036854775807,NaN,,"quote "" back\\ tab	",,,,,,`,
    );
    const wanted = [
      '"properties":{"id":9007199254740993,"r":5.0,"t":"2026-01-02T03:04:05.1234567Z","s":"\\u00e9 \\ud83d\\ude00",' +
        '"d":{"a":{"b":[1,2.50,"\\u00fc",null,9223372036854775807]}},"m":"1.1","b":true,' +
        '"g":"0f0e0d0c-0b0a-0908-0706-050403020100","span":"1.02:03:04.0000005","i":-7}',
      '"properties":{"id":9223372036854775807,"r":null,"t":null,"s":"quote \\" back\\\\ tab\\t","d":null,"m":null,"b":null,"g":null,"span":null,"i":null}',
    ];
    await using file = await sourceFile({
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: 'NetDefaultDB',
      KUSTO_TABLE: 'T',
      PRIMARY_KEY: 'id',
    });
    const snapshot = new DrasiKusto(['snapshot', '-f', file.path]);
    const watch = new DrasiKusto(['watch', '-f', file.path, '--from', 'beginning', '--for', '1']);
    assert.equal((await snapshot.exit).code, 0, snapshot.stderr);
    assert.equal((await watch.exit).code, 0, watch.stderr);
    for (const text of wanted) {
      assert.ok(snapshot.stdout.includes(text), `${text}\nis not in\n${snapshot.stdout}`);
      assert.ok(watch.stdout.includes(text), `${text}\nis not in\n${watch.stdout}`);
    }
    const bootstrapped = snapshot.stdout.trimEnd().split('\n').toSorted();
    const elements = watch.stdout
      .trimEnd()
      .split('\n')
      .map((line) => /"after":(.*)\}\}$/.exec(line)?.[1]);
    assert.deepEqual(elements.toSorted(), bootstrapped);
  });
});
