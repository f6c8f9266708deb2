/**
 * The words of a command line, as the Go extension splits `args`: blanks separate, single and double quotes hold
 * together, a backslash takes a quote's meaning, empty quotes are an empty word. Source: vscode-go, utils/argsUtil.ts.
 * Throws an `Error` for a quote that is not closed.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const one = text.charAt(at);
    const next = text.charAt(at + 1);
    if (one === '\\' && (next === '"' || next === "'")) {
      word = (word ?? '') + next;
      at++;
    } else if (quote === undefined && (one === '"' || one === "'")) {
      quote = one;
      word ??= '';
    } else if (one === quote) quote = undefined;
    else if (quote === undefined && one === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + one;
  }
  if (quote !== undefined)
    throw new Error(
      `Cannot split "args" in "debug" into words: a ${quote} is not closed. Close it, or write an array of words.`,
    );
  return word === undefined ? words : [...words, word];
}
