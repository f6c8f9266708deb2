/** How many characters a row of a list shows. */
const width = 76;

/** A text in rows of words, as short as a list shows them; a longer word has a row of its own. */
export function inRows(text: string): string[] {
  const rows: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = rows.at(-1);
    if (last === undefined || last.length + word.length >= width) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  return rows;
}
