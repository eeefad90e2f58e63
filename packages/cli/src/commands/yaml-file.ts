import { isNode, LineCounter, parseDocument, type Document } from "yaml";
import { CommandError } from "../user-api/client.ts";

/** A file as it was written, to say where in it something is wrong. */
export interface YamlFile {
  readonly document: Document;
  /** Where a part of it begins: `millrace.yaml:3:5`. */
  readonly at: (node: unknown) => string;
}

/**
 * Reads YAML, of which JSON is a part.
 *
 * @param file its name, for what is wrong.
 * @throws CommandError with all that is no YAML, each with `file:line:column`.
 */
export function parseYamlFile(file: string, source: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0)
    throw new CommandError(
      document.errors
        .map(({ pos: [offset], message }) => `${place(offset)}: ${message.split(" at line ")[0]}`)
        .join("\n"),
    );
  return { document, at: (node) => place(offsetOf(node)) };
}

/** How far into its file a part of it begins. */
export function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
