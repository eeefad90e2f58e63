import { expect, test } from "vitest";
import { maskSecrets } from "../execution/scope/mask-secrets.ts";
import { listSecretForms } from "./secret-forms.ts";

const KEY = '-----BEGIN KEY-----\nline "two" + more/\n-----END KEY-----';

test.each([
  ["as it is", KEY],
  ["in JSON", JSON.stringify({ key: KEY })],
  ["in a URL", `https://x.example/?key=${encodeURIComponent(KEY)}`],
  ["in a form", new URLSearchParams({ key: KEY }).toString()],
  ["in base64", Buffer.from(KEY).toString("base64")],
  ["in base64 for URLs", Buffer.from(KEY).toString("base64url")],
  ["behind a user's name in base64", Buffer.from(`user:${KEY}:x`).toString("base64")],
  ["a byte further in base64", Buffer.from(`ab${KEY}`).toString("base64")],
  ["line by line", KEY.replaceAll("\n", "\n  at ")],
])("a secret is masked %s", (_how, text) => {
  const masked = maskSecrets(text, new Set(listSecretForms(KEY)));

  expect(masked).toContain("****");
  for (const part of ["BEGIN", "two", Buffer.from("line").toString("base64").slice(0, 4)])
    expect(masked).not.toContain(part);
});

test("a very short secret is left alone", () => {
  expect(listSecretForms("abc")).toEqual([]);
});
