/** The characters of a text as Kusto counts them: code points. */
export function characters(text: string): string[] {
  return Array.from(text);
}
