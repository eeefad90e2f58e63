import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { TEXT_LOADERS } from "./import-assets.ts";

test("what is imported as text or bytes is declared to TypeScript as such", () => {
  const declared = readFileSync(fileURLToPath(import.meta.resolve("millrace/internal/text.d")), "utf8");

  expect([...declared.matchAll(/declare module "\*(.+)" \{/g)].map(([, ending]) => ending)).toEqual(
    Object.keys(TEXT_LOADERS),
  );
});
