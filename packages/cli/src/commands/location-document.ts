import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { LocationDocument } from "@millrace/model/location-document";
import { parse } from "yaml";
import { CommandError } from "../user-api/client.ts";

/** What the command line says of a location's document. */
export interface DocumentOptions {
  readonly folder?: string;
  readonly image?: string;
  readonly entry?: string;
  readonly queue?: string;
  readonly env?: readonly string[];
  readonly unsetEnv?: readonly string[];
  readonly commit?: string;
  readonly container?: string;
}

/**
 * The document that the options make.
 *
 * @throws CommandError when they do not say where the code is.
 */
export function createDocument(options: DocumentOptions): Readonly<Record<string, unknown>> {
  const { folder, image, entry, queue, env = [], commit, container } = options;
  if (folder === undefined && image === undefined)
    throw new CommandError("Say where the code is: --folder FOLDER, or --image IMAGE");
  return {
    code:
      image === undefined
        ? { kind: "folder", workingDirectory: resolve(folder ?? "."), entry }
        : { kind: "image", image, workingDirectory: folder ?? null, entry },
    ...(queue === undefined ? {} : { queue }),
    environment: Object.fromEntries(env.map(readVariable)),
    ...readContainer(container),
    ...(commit === undefined ? {} : { gitCommit: commit }),
  };
}

/**
 * A document with what the options say changed, and the rest as it is. Its commit is that of the code it had, so it goes when other
 * code comes without one.
 *
 * @throws CommandError when they say nothing.
 */
export function changeDocument(
  document: LocationDocument,
  options: DocumentOptions,
): Readonly<Record<string, unknown>> {
  const { queue, env = [], unsetEnv = [], commit, folder, image, entry, container } = options;
  const changes = [queue, commit, folder, image, entry, container, ...env, ...unsetEnv];
  if (changes.every((change) => change === undefined))
    throw new CommandError(
      "Say what to change: --image, --folder, --entry, --queue, --env, --unset-env, --container or --commit. To load the same again: millrace location reload",
    );
  const { gitCommit: oldCommit, ...others } = document;
  const hasOtherCode = [folder, image, entry].some((change) => change !== undefined);
  const gitCommit = commit ?? (hasOtherCode ? undefined : oldCommit);
  const environment = { ...document.environment, ...Object.fromEntries(env.map(readVariable)) };
  return {
    ...others,
    code: changeCode(document.code, options),
    ...(queue === undefined ? {} : { queue }),
    environment: Object.fromEntries(Object.entries(environment).filter(([name]) => !unsetEnv.includes(name))),
    ...readContainer(container),
    ...(gitCommit === undefined ? {} : { gitCommit }),
  };
}

function changeCode(code: LocationDocument["code"], options: DocumentOptions): LocationDocument["code"] {
  const { folder, image, entry = code.entry } = options;
  if (image === undefined && code.kind === "folder")
    return { ...code, entry, ...(folder === undefined ? {} : { workingDirectory: resolve(folder) }) };
  const workingDirectory = folder ?? (code.kind === "image" ? code.workingDirectory : null);
  return {
    kind: "image",
    image: image ?? (code.kind === "image" ? code.image : ""),
    workingDirectory,
    entry,
  };
}

/** Container settings as YAML, of which JSON is a part, or `@` and a file with them. What they may be the control plane says. */
function readContainer(text: string | undefined): { readonly container?: unknown } {
  if (text === undefined) return {};
  try {
    return { container: parse(text.startsWith("@") ? readFileSync(text.slice(1), "utf8") : text) as unknown };
  } catch (cause) {
    throw new CommandError(`--container can't be read: ${(cause as Error).message}`, { cause });
  }
}

function readVariable(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new CommandError(`--env takes name=text, not "${text}"`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
