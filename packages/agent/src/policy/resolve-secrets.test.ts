import { parseLocationDocument } from "@millrace/model/location-document";
import { MASKED_VARIABLES } from "@millrace/model/masked-variables";
import { expect, test } from "vitest";
import { createSecretsCommand, withSecrets } from "./resolve-secrets.ts";

const never = new AbortController().signal;
const resolve = (command: string) => createSecretsCommand(command)("shop", never);

test("a command says the secrets of a location, as .env files have them", async () => {
  const printed = String.raw`printf 'API_KEY="a b"\n# a comment\nLOCATION=%s\nMILLRACE_AGENT_TOKEN=stolen\n' $MILLRACE_LOCATION`;

  expect(await resolve(printed)).toEqual({ API_KEY: "a b", LOCATION: "shop" });
});

test("a command that fails is said with what it wrote to stderr, and with nothing that may hold a secret", async () => {
  const failing = resolve("echo API_KEY=hidden; echo the vault is sealed >&2; exit 3");

  await expect(failing).rejects.toThrow(
    /^The command of --secrets-command ended with 3: the vault is sealed$/,
  );
  await expect(failing).rejects.toMatchObject({ code: "launch_failed" });
});

test("a command is ended with the loading that waits for it", async () => {
  const stop = new AbortController();
  const resolving = createSecretsCommand("sleep 1000")("shop", stop.signal);
  stop.abort(new Error("no longer wanted"));

  await expect(resolving).rejects.toThrow("no longer wanted");
});

test("secrets hold before what a document says, and their names are told", () => {
  const document = parseLocationDocument({
    workingDirectory: "/code",
    entry: "definitions.ts",
    environment: { API_KEY: "of the document", REGION: "eu" },
  });

  expect(withSecrets(document, { API_KEY: "secret", OTHER: "too" }).environment).toEqual({
    API_KEY: "secret",
    OTHER: "too",
    REGION: "eu",
    [MASKED_VARIABLES]: "API_KEY,OTHER",
  });
  expect(withSecrets(document, {})).toBe(document);
});
