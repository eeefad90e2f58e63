import { expect, test } from "vitest";
import { extractFromDocComments, extractFromMarkdown } from "./extract-examples.ts";

test("a block that begins with an import is a module; others go on with the one before, at their own lines", () => {
  const page = [
    "# A",
    "```ts",
    'import "a";',
    "```",
    "then",
    "```ts",
    "const b = 1;",
    "```",
    "```json",
    "{}",
    "```",
  ];
  const next = ["```ts", 'import "c";', "```"];

  expect(extractFromMarkdown("a.md", [...page, ...next].join("\n"))).toEqual([
    { source: "a.md", line: 3, text: '\n\nimport "a";\n\n\n\nconst b = 1;' },
    { source: "a.md", line: 13, text: `${"\n".repeat(12)}import "c";` },
  ]);
});

test("an example in a doc comment ends with the comment or the next tag, and keeps its lines and columns", () => {
  const file = [
    "/**",
    " * Adds.",
    " *",
    " * @example",
    " * add(1);",
    " *   add(2);",
    " * @throws never",
    " */",
  ];

  expect(extractFromDocComments("add.ts", file.join("\n"))).toEqual([
    { source: "add.ts", line: 5, text: "\n\n\n\n   add(1);\n     add(2);" },
  ]);
});
