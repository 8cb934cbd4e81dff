/** Finding one's way through KQL text without a parser: string literals, comments and brackets. */

const openers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** The place behind the string literal or the comment that begins at `position`; `position` when none begins there. */
export function behindLiteral(text: string, position: number): number {
  if (text.startsWith('//', position)) {
    const end = text.indexOf('\n', position);
    return end === -1 ? text.length : end + 1;
  }
  for (const fence of ['```', '~~~']) {
    if (!text.startsWith(fence, position)) continue;
    const end = text.indexOf(fence, position + fence.length);
    return end === -1 ? text.length : end + fence.length;
  }
  const verbatim = text.charAt(position) === '@';
  const start = verbatim ? position + 1 : position;
  const quote = text.charAt(start);
  if (quote !== '"' && quote !== "'") return position;
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\' && !verbatim) index += 1;
    else if (character === quote && verbatim && text.charAt(index + 1) === quote) index += 1;
    else if (character === quote) return index + 1;
  }
  return text.length;
}

/** The place behind the bracket that closes the one at `position`; undefined when it is not closed. */
export function behindBrackets(text: string, position: number): number | undefined {
  const open: string[] = [];
  for (let index = position; index < text.length;) {
    const next = behindLiteral(text, index);
    if (next > index) {
      index = next;
      continue;
    }
    const character = text.charAt(index);
    const closer = openers[character];
    if (closer !== undefined) open.push(closer);
    else if (character === open.at(-1)) {
      open.pop();
      if (open.length === 0) return index + 1;
    } else if (character === ')' || character === ']' || character === '}') return undefined;
    index += 1;
  }
  return undefined;
}

/**
 * Where a query over the result of a command begins: the first `|` outside of literals and brackets. Undefined when there is
 * none, or when what follows belongs to the command (`<|`).
 */
export function tailStart(text: string): number | undefined {
  for (let index = 0; index < text.length;) {
    const next = Math.max(behindLiteral(text, index), bracketsOrHere(text, index));
    if (next > index) {
      index = next;
      continue;
    }
    if (text.charAt(index) === '|') return text.charAt(index - 1) === '<' ? undefined : index;
    index += 1;
  }
  return undefined;
}

function bracketsOrHere(text: string, position: number): number {
  return openers[text.charAt(position)] === undefined
    ? position
    : (behindBrackets(text, position) ?? position);
}
