import { expect, test } from "vitest";
import { createOutputMask } from "./mask-output.ts";

function write(secrets: readonly string[], pieces: readonly string[]): string {
  const mask = createOutputMask(new Set(secrets));
  const written = pieces.map((piece) => mask.mask(Buffer.from(piece, "latin1")));
  return Buffer.concat([...written, mask.takeHeld()]).toString("latin1");
}

test("a secret is masked wherever one piece ends and the next begins", () => {
  const text = "token xoxb-secret-token and xoxb-sec\n";

  for (let at = 0; at <= text.length; at++)
    expect(write(["xoxb-secret-token"], [text.slice(0, at), text.slice(at)])).toBe(
      "token **** and xoxb-sec\n",
    );
  expect(write(["xoxb-secret-token"], text.split(""))).toBe("token **** and xoxb-sec\n");
});

test("bytes that are no text come through as they were, and a longer secret goes before its part", () => {
  expect(write(["pass", "password"], ["\xff\x00 password pass \xa2"])).toBe("\xff\x00 **** **** \xa2");
});

test("without a secret nothing is held back", () => {
  const mask = createOutputMask(new Set());

  expect(mask.mask(Buffer.from("x")).toString()).toBe("x");
});
