import { LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { LaunchError } from '../errors.ts';

/** A YAML file of which every fault is told with its line and column. */
export class YamlFile {
  readonly path: string;
  readonly document: Document.Parsed;
  readonly text: string;
  readonly #lines = new LineCounter();

  /** Fails when the text is no YAML. */
  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    this.document = parseDocument(text, { lineCounter: this.#lines });
    const [error] = this.document.errors;
    if (error !== undefined)
      throw this.fault(error.pos[0], `It is no YAML: ${error.message.replace(/ at line \d.*$/s, '')}.`);
  }

  /** Where a node begins; without one the file. */
  startOf(node: Node | null | undefined): number {
    return node?.range?.[0] ?? 0;
  }

  /** Where a part of a text begins, as far as the text is written in the file as it reads. */
  within(node: Node, part: string): number {
    const [start, end] = node.range ?? [0, 0];
    const offset = this.text.slice(start, end).indexOf(part);
    return start + Math.max(offset, 0);
  }

  /** `configuration-file-invalid`, at a place of the file. `words`: a sentence, with what to do. */
  fault(offset: number, words: string): LaunchError {
    const place = this.#lines.linePos(offset);
    const [line, column] = [Math.max(place.line, 1), Math.max(place.col, 1)];
    return new LaunchError(
      'configuration-file-invalid',
      `Cannot use "${this.path}:${line}:${column}": ${words}`,
      { attribute: 'configurationFile', next: { step: 'file', file: this.path, line, column } },
    );
  }
}
