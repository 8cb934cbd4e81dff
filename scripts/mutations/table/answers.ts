import { test, type Mutation } from '../mutation.ts';

const frames = 'kusto-client/src/frames/scan.test.ts';
const tokens = 'kusto-client/src/credentials.test.ts';
const hostile = 'source-sdk/test/hostile-clients.test.ts';
const jsonText = 'source-sdk/src/wire/json-text.test.ts';

/** What counts as an answer of the service, what is exact on the wire, and what nobody may see or do. */
export const ofAnswers: readonly Mutation[] = [
  {
    name: 'a result needs no completion frame',
    breaks: 'I9',
    file: 'kusto-client/src/frames/v2.ts',
    find: 'if (!this.#completed)',
    replace: 'if (false)',
    caughtBy: [test(frames, 'missing frames')],
  },
  {
    name: 'errors that the completion tells are ignored',
    breaks: 'I9',
    file: 'kusto-client/src/frames/v2.ts',
    find: "fields['HasErrors'] !== false ||",
    replace: '',
    caughtBy: [test(frames, 'HasErrors, Cancelled, or neither said')],
  },
  {
    name: 'a table may have fewer rows than it says',
    breaks: 'I9',
    file: 'kusto-client/src/frames/v2.ts',
    find: "fields['RowCount'] !== count",
    replace: 'count < 0',
    caughtBy: [test(frames, 'a row count that does not agree')],
  },
  {
    name: 'a failure that only a status row tells is ignored',
    breaks: 'I9',
    file: 'kusto-client/src/frames/status.ts',
    find: 'text === undefined || !(Number(text) < FIRST_HARMLESS_LEVEL)',
    replace: 'Number(text) !== 1e9',
    caughtBy: [test(frames, 'a deferred failure, told only by a status row')],
  },
  {
    name: 'progressive results, which take rows back, are read',
    breaks: 'I9',
    file: 'kusto-client/src/frames/v2.ts',
    find: "if (type !== 'DataAppend')",
    replace: 'if (type === undefined)',
    caughtBy: [test(frames, 'progressive results are refused')],
  },
  {
    name: 'a query may use functions whose value changes while the row does not',
    breaks: 'R15',
    file: 'kusto-source/src/query/source-query.ts',
    find: "ago: 'its value changes while the row does not',",
    replace: '',
    caughtBy: [test('kusto-source/src/query/source-query.test.ts', 'KUSTO_QUERY (rule R15)')],
  },
  {
    name: 'integers of 64 bits go through Number',
    breaks: 'I11',
    file: 'source-sdk/src/wire/json-text.ts',
    find: 'return value.toString();',
    replace: 'return String(Number(value));',
    caughtBy: [test(jsonText, 'writes every 64-bit integer digit by digit')],
  },
  {
    name: 'a float with an integral value becomes an integer',
    breaks: 'I11',
    file: 'source-sdk/src/wire/json-text.ts',
    find: '`${text}.0`',
    replace: 'text',
    caughtBy: [test(jsonText, 'keeps integral values floats')],
  },
  {
    name: 'the parts of a key are not encoded in an id',
    breaks: 'I4',
    file: 'kusto-source/src/element/element-id.ts',
    find: 'return text.replaceAll(ENCODED, encodeCharacter);',
    replace: 'return text;',
    caughtBy: [
      test('kusto-source/src/element/element-id.test.ts', 'can be read back, so no two elements share an id'),
    ],
  },
  {
    name: 'a token goes to any host',
    breaks: 'security',
    file: 'kusto-client/src/http/transport.ts',
    find: 'if (options.tokenProvider !== undefined) requireTrustedHost(options.uri, options.trustedHosts);',
    replace: '',
    caughtBy: [test(tokens, 'a client for such a host is not even built')],
  },
  {
    name: 'any host is a trusted one',
    breaks: 'security',
    file: 'kusto-client/src/trusted-hosts.ts',
    find: 'if (named || isLoopback(uri) || isWellKnown(host)) return;',
    replace: 'return;',
    caughtBy: [test(tokens, 'nobody else')],
  },
  {
    name: 'the secret of an identity goes to any login service',
    breaks: 'security',
    file: 'kusto-client/src/trusted-hosts.ts',
    find: '&& LOGIN_HOSTS.has(url.hostname)',
    replace: '',
    caughtBy: [test(tokens, 'a login service that is none of Microsoft')],
  },
  {
    name: 'an error shows what may be a part of a secret',
    breaks: 'security',
    file: 'kusto-client/src/connection/split.ts',
    find: ': HIDDEN_NAME;',
    replace: ': name;',
    caughtBy: [
      test(
        'kusto-client/src/connection/connection-string.test.ts',
        'a secret that breaks the string is not repeated in the message',
      ),
    ],
  },
  {
    name: 'a token that is not well-formed shows in the error of the HTTP client',
    breaks: 'security',
    file: 'kusto-client/src/http/transport.ts',
    find: 'if (!/^[\\u0021-\\u007e]+$/.test(token))',
    replace: 'if (false)',
    caughtBy: [test(tokens, 'no token shows in an error')],
  },
  {
    name: 'a secret of a connection string shows when its holder is printed',
    breaks: 'security',
    file: 'kusto-client/src/secret.ts',
    find: "[inspect.custom](): string {\n    return '[secret]';",
    replace: '[inspect.custom](): string {\n    return this.#value;',
    caughtBy: [
      test(
        'kusto-client/src/connection/connection-string.test.ts',
        'any secret survives quoting, and shows nowhere',
      ),
    ],
  },
  {
    name: 'a secret of the SDK shows in JSON',
    breaks: 'security',
    file: 'source-sdk/src/settings/secret.ts',
    find: 'toJSON(): string {\n    return HIDDEN;',
    replace: 'toJSON(): string {\n    return this.#value;',
    caughtBy: [test('source-sdk/src/settings/identity.test.ts', 'shows no secret, in no form')],
  },
  {
    name: 'the body of a bootstrap request has no limit',
    breaks: 'security',
    file: 'source-sdk/src/proxy/source-proxy.ts',
    find: 'options.bodyLimit ?? MEGABYTE',
    replace: '1024 * MEGABYTE',
    caughtBy: [
      test(
        'source-sdk/src/proxy/source-proxy.test.ts',
        'takes a body of any content type, and refuses one that is too large',
      ),
    ],
  },
  {
    name: 'the body of a request to the reactivator has no limit',
    breaks: 'security',
    file: 'source-sdk/src/reactivator/reactivator-server.ts',
    find: 'bodyLimit: 256 * 1024',
    replace: 'bodyLimit: 2 ** 30',
    caughtBy: [test(hostile, 'with a body, or headers, above the limits are refused')],
  },
  {
    name: 'the labels of sessions fill the record',
    breaks: 'security',
    file: 'source-sdk/src/sessions/session-book.ts',
    find: 'if (JSON.stringify(sessions).length > MAX_SESSIONS_TEXT)',
    replace: 'if (false)',
    caughtBy: [test(hostile, 'cannot fill the record with the labels of sessions')],
  },
];
