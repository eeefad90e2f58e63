/** Example code as a module of its own. Its lines stand at the numbers they have in the file they come from. */
export interface Example {
  /** The file it stands in, relative to the root. */
  readonly source: string;
  /** The line at which it begins, from 1. */
  readonly line: number;
  /** The module's text, padded with empty lines in front. */
  readonly text: string;
}

/**
 * The examples of a Markdown page: its blocks of TypeScript. A block that begins with an import begins a new module; any
 * other goes on where the block before it ended, as a reader reads it.
 */
export function extractFromMarkdown(source: string, text: string): Example[] {
  const examples: { source: string; line: number; lines: string[] }[] = [];
  let open: string[] | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    if (open === null) {
      if (/^```ts\b/.test(line)) open = [];
      continue;
    }
    if (!line.startsWith("```")) {
      open.push(line);
      continue;
    }
    const start = index - open.length;
    const last = examples.at(-1);
    if (last && !open[0]?.startsWith("import "))
      last.lines.push(...padding(start - last.lines.length), ...open);
    else examples.push({ source, line: start + 1, lines: [...padding(start), ...open] });
    open = null;
  }
  return examples.map(({ lines, ...rest }) => ({ ...rest, text: lines.join("\n") }));
}

/** The examples of a TypeScript file: what follows `@example` in its doc comments. Each is a module of its own. */
export function extractFromDocComments(source: string, text: string): Example[] {
  const examples: Example[] = [];
  let open: { start: number; lines: string[] } | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    if (open === null) {
      if (/^\s*\* @example\s*$/.test(line)) open = { start: index + 1, lines: [] };
      continue;
    }
    if (/^\s*\*(\/| @)/.test(line)) {
      const { start, lines } = open;
      examples.push({ source, line: start + 1, text: [...padding(start), ...lines].join("\n") });
      open = null;
    } else {
      // As wide as it was, so that columns are true as well.
      open.lines.push(line.replace(/^\s*\* ?/, (prefix) => " ".repeat(prefix.length)));
    }
  }
  return examples;
}

function padding(count: number): string[] {
  return Array.from({ length: count }, () => "");
}
