import { QueryError } from '../refusal.ts';
import type { ParserDiagnostic } from './syntax.ts';

/**
 * The parser numbers its own diagnostics (`KS142`); the service reports `SYN0002` for text that is no KQL and `SEM…` for KQL
 * that means nothing. Codes below are those that the parser gives for unreadable text.
 */
const syntaxCodes: ReadonlySet<string> = new Set([
  'KS001',
  'KS002',
  'KS003',
  'KS004',
  'KS005',
  'KS006',
  'KS007',
  'KS176',
  'KS177',
  'KS178',
  'KS197',
  'KS198',
]);

const syntaxMessage =
  /^(?:Expected|Missing|Query operator expected|The incomplete fragment|Unexpected|Unterminated|Invalid (?:text|character|token))/i;

function innerCode(diagnostic: ParserDiagnostic): string {
  if (syntaxCodes.has(diagnostic.code) || syntaxMessage.test(diagnostic.message)) return 'SYN0002';
  return 'SEM0100';
}

function message(diagnostic: ParserDiagnostic): string {
  const name = /^The name '(.*)' does not refer to any known (.*)\.$/s.exec(diagnostic.message);
  if (name?.[1] !== undefined && name[2] !== undefined) {
    return name[2].includes('column')
      ? `Failed to resolve scalar expression named '${name[1]}'`
      : `Failed to resolve ${name[2]} named '${name[1]}'${name[2].startsWith('database') ? " (a query reads the request's own database only)" : ''}`;
  }
  return diagnostic.message.replace(/\.$/, '');
}

/** The binder knows two of bag_unpack()'s arguments; the page has four. They are checked where the plugin is converted. */
function isBagUnpackArgument(one: ParserDiagnostic, text: string): boolean {
  if (one.message.startsWith("The function 'bag_unpack' expects")) return true;
  const before = text.slice(Math.max(0, one.span.start - 100), one.span.start);
  return one.code === 'KS107' && /\bignoredProperties\s*=\s*$/i.test(before);
}

/** The first error among the parser's diagnostics, as the service would report it; undefined when there is none. */
export function firstError(diagnostics: readonly ParserDiagnostic[], text = ''): QueryError | undefined {
  const errors = diagnostics.filter(
    // The binder wants an int step for an int axis of make-series; the service takes the long that a literal is.
    (one) =>
      one.severity === 'Error' &&
      !isBagUnpackArgument(one, text) &&
      !one.message.startsWith("The type 'long' is not an appropriate interval type for 'int'"),
  );
  // Unreadable text makes follow-up errors of meaning: the reason is the syntax error.
  const first = errors.find((error) => innerCode(error) === 'SYN0002') ?? errors[0];
  if (first === undefined) return undefined;
  const missingTable = /^The name '.*' does not refer to any known table, /s.test(first.message);
  return new QueryError(
    innerCode(first),
    message(first),
    first.span,
    missingTable ? 'BadRequest_TableNotExist' : undefined,
  );
}
