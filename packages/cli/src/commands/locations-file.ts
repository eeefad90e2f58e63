import { dirname, resolve } from "node:path";
import {
  InvalidLocationDocument,
  parseLocationDocument,
  requireLocationName,
} from "@millrace/model/location-document";
import { explainUnknownName } from "@millrace/model/near-names";
import { isMap, isScalar, isAlias, isNode, type Document, type Pair, type Scalar, type YAMLMap } from "yaml";
import { CommandError } from "../user-api/client.ts";
import { offsetOf, parseYamlFile } from "./yaml-file.ts";
import { createDocument, type DocumentOptions } from "./location-document.ts";

/** A code location as a file lists it. */
export interface ListedLocation {
  readonly name: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** What a location may say in a file: the words of `millrace location add`, and where in its document each goes. */
const WORDS: Readonly<Record<string, string>> = {
  image: "code.image",
  folder: "code.workingDirectory",
  entry: "code.entry",
  queue: "queue",
  env: "environment",
  commit: "gitCommit",
  container: "container",
};
const TEXTS = ["image", "folder", "entry", "queue", "commit"] as const;

/**
 * Reads a file that lists code locations.
 *
 * @param file its name, for what is wrong.
 * @param path its absolute path: folders in it are relative to its own.
 * @throws CommandError with all that is wrong, each with `file:line:column`.
 */
export function parseLocationsFile(file: string, path: string, source: string): ListedLocation[] {
  const { document, at } = parseYamlFile(file, source);
  const errors: { readonly offset: number; readonly text: string }[] = [];
  const complain = (node: unknown, problem: string): void => {
    errors.push({ offset: offsetOf(node), text: `${at(node)}: ${problem}` });
  };
  const listed = readLocations(document, path, complain);
  if (errors.length === 0) return listed;
  throw new CommandError(
    errors
      .toSorted((one, other) => one.offset - other.offset)
      .map(({ text }) => text)
      .join("\n"),
  );
}

type Complain = (node: unknown, problem: string) => void;

function readLocations(document: Document, path: string, complain: Complain): ListedLocation[] {
  const top = resolveNode(document, document.contents);
  const locations = isMap(top) ? resolveNode(document, top.get("locations", true)) : null;
  if (!isMap(top) || !isMap(locations)) {
    complain(locations ?? top, "List the code locations under `locations:`, each with its name as the key");
    return [];
  }
  for (const { key } of top.items) {
    const word = textOf(key);
    if (word !== "locations")
      complain(key, `There is no \`${word}\` here${explainUnknownName(word, ["locations"])}`);
  }
  return locations.items.flatMap((pair) => readLocation(document, pair, path, complain) ?? []);
}

function readLocation(
  document: Document,
  { key, value }: Pair,
  path: string,
  complain: Complain,
): ListedLocation | null {
  const name = textOf(key);
  const fields = resolveNode(document, value);
  const options = isMap(fields) ? readOptions(document, name, fields, complain) : {};
  if (options === null) return null;
  const { image, folder, entry = "src/definitions.ts" } = options;
  if (!isMap(fields) || (image === undefined && folder === undefined)) {
    complain(key, `Say where the code of ${name} is: \`image:\`, or \`folder:\``);
    return null;
  }
  const absolute =
    image === undefined && folder !== undefined ? { folder: resolve(dirname(path), folder) } : {};
  try {
    requireLocationName(name);
    const container = isMap(fields) ? resolveNode(document, fields.get("container", true)) : undefined;
    const listed = {
      name,
      document: {
        ...createDocument({ ...options, ...absolute, entry }),
        ...(isNode(container) ? { container: container.toJS(document) as unknown } : {}),
      },
    };
    parseLocationDocument(listed.document);
    return listed;
  } catch (error) {
    if (!(error instanceof InvalidLocationDocument)) throw error;
    complain(findField(fields, error.field) ?? key, inWordsOfTheFile(error.message));
    return null;
  }
}

/** Null: some of it can't be read, and was complained of. */
function readOptions(
  document: Document,
  name: string,
  fields: YAMLMap,
  complain: Complain,
): DocumentOptions | null {
  const texts: Partial<Record<(typeof TEXTS)[number], string>> = {};
  let env: readonly string[] | null = [];
  let isReadable = true;
  for (const { key, value } of fields.items) {
    const word = textOf(key);
    const node = resolveNode(document, value);
    if (word === "env") {
      env = readVariables(document, key, node, complain);
      continue;
    }
    if (word === "container") continue; // Its settings are checked with the document.
    const known = TEXTS.find((each) => each === word);
    const text = isScalar(node) ? scalarText(node) : null;
    if (known === undefined) {
      complain(key, `A code location has no \`${word}\`${explainUnknownName(word, Object.keys(WORDS))}`);
    } else if (text === null || text === "") {
      complain(isEmpty(node) ? key : node, `\`${word}\` of ${name} must be a text that is not empty`);
    } else {
      texts[known] = text;
      continue;
    }
    isReadable = false;
  }
  return isReadable && env !== null ? { ...texts, env } : null;
}

function readVariables(
  document: Document,
  key: unknown,
  node: unknown,
  complain: Complain,
): readonly string[] | null {
  if (!isMap(node)) {
    complain(isEmpty(node) ? key : node, "`env` maps names of variables to texts, such as `REGION: eu`");
    return null;
  }
  const read = node.items.map((pair) => {
    const variable = textOf(pair.key);
    const value = resolveNode(document, pair.value);
    const text = isScalar(value) ? scalarText(value) : null;
    if (variable === "" || variable.includes("=")) complain(pair.key, "The name of a variable has no `=`");
    else if (text === null)
      complain(isEmpty(value) ? pair.key : value, `${variable} must be a text; write "" for an empty one`);
    else return `${variable}=${text}`;
    return null;
  });
  return read.every((variable) => variable !== null) ? read : null;
}

/** The text as it is written, so that 0x10 and 1.0 stay what they are; null: there is none. */
function scalarText({ value, source }: Scalar): string | null {
  if (typeof value === "string") return value;
  return value === null ? null : (source ?? String(value));
}

function isEmpty(node: unknown): boolean {
  return !node || (isScalar(node) && node.value === null);
}

function textOf(key: unknown): string {
  return isScalar(key) ? (scalarText(key) ?? "") : "";
}

function resolveNode(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/** Where a field of a document stands, such as `code.entry` or `container.volumes[0]`, or what it stands in. */
function findField(fields: YAMLMap, field: string | null): unknown {
  const word = Object.keys(WORDS).find((each) => WORDS[each] === field);
  const path = word === undefined ? (field ?? "").split(/[.[\]]+/).filter(Boolean) : [word];
  for (let length = path.length; length > 0; length--) {
    const found: unknown = fields.getIn(path.slice(0, length), true);
    if (isNode(found)) return found;
  }
  return undefined;
}

/** A message about a document, for who wrote the file. */
function inWordsOfTheFile(message: string): string {
  return Object.entries(WORDS).reduce(
    (said, [word, field]) => said.replaceAll(`\`${field}\``, `\`${word}\``),
    message,
  );
}
