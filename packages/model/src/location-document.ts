import {
  InvalidContainerSettings,
  parseContainerSettings,
  type ContainerSettings,
} from "./container-settings.ts";
import { ExpectedError } from "./expected-error.ts";
import { hasUnshowable } from "./text-limits.ts";

/**
 * What a user says about a code location: the document that the control plane keeps and agents carry out.
 * Paths are paths in the agent's environment.
 */
export interface LocationDocument {
  readonly code: LocationCode;
  /** Agents that serve this queue serve the location. Default: `default`. */
  readonly queue: string;
  /**
   * Environment variables for the location's processes; values are plain, secrets stay with the agent. An agent refuses names
   * that decide what runs.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** What its containers have, where it runs in such; left out: what the deployment and the agent say. */
  readonly container?: ContainerSettings;
  /** The commit that the code was built from, for people; left out: nobody said. */
  readonly gitCommit?: string;
}

/** Where a location's code is. An agent whose launcher can't run that kind says so. */
export type LocationCode = FolderCode | ImageCode;

/** Code in a folder of the agent's machine. */
export interface FolderCode {
  readonly kind: "folder";
  /** Absolute folder in which the code runs; its `node_modules` are the code's dependencies. */
  readonly workingDirectory: string;
  /** The file that exports the definitions, relative to the folder. */
  readonly entry: string;
}

/** Code in a container image. */
export interface ImageCode {
  readonly kind: "image";
  /** The image's name, with its tag or digest. */
  readonly image: string;
  /** Absolute folder in the image in which the code runs; null: the image's own. */
  readonly workingDirectory: string | null;
  /** The file that exports the definitions, relative to the folder. */
  readonly entry: string;
}

/** A location document that cannot be used. */
export class InvalidLocationDocument extends ExpectedError {
  readonly code = "invalid_location_document";
  /** The field that is wrong, such as `code.entry`, for whoever knows where it was written; null: the document as a whole. */
  readonly field: string | null;
  constructor(message: string, field: string | null = null) {
    super(message);
    this.field = field;
  }
}

/**
 * Reads a location document from untrusted JSON, with defaults filled in. Fields it does not know are passed over. Without
 * `code`, `workingDirectory` and `entry` beside the other fields are those of a folder.
 *
 * @throws InvalidLocationDocument naming the field that is missing or of the wrong type.
 */
export function parseLocationDocument(value: unknown): LocationDocument {
  const fields = requiredFields(value, "A code location's document");
  return {
    code:
      fields["code"] === undefined
        ? parseFolder(fields, "")
        : parseCode(requiredFields(fields["code"], "`code`")),
    queue: fields["queue"] === undefined ? "default" : requiredText(fields, "queue"),
    environment: parseEnvironment(fields["environment"] ?? {}),
    ...((fields["container"] ?? null) === null ? {} : { container: parseContainer(fields["container"]) }),
    ...((fields["gitCommit"] ?? null) === null ? {} : { gitCommit: parseCommit(fields) }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parseCode(fields: Fields): LocationCode {
  switch (fields["kind"]) {
    case "folder":
      return parseFolder(fields, "code.");
    case "image":
      return {
        kind: "image",
        image: requiredText(fields, "image", "code."),
        workingDirectory:
          (fields["workingDirectory"] ?? null) === null
            ? null
            : absolutePath(fields, "workingDirectory", "code."),
        entry: entryWithin(fields, "code."),
      };
    default:
      throw new InvalidLocationDocument(
        `\`code.kind\` must be "folder" or "image", not ${JSON.stringify(fields["kind"])}`,
        "code.kind",
      );
  }
}

function parseFolder(fields: Fields, within: string): FolderCode {
  return {
    kind: "folder",
    workingDirectory: absolutePath(fields, "workingDirectory", within),
    entry: entryWithin(fields, within),
  };
}

function parseEnvironment(value: unknown): Readonly<Record<string, string>> {
  if (
    typeof value !== "object" ||
    value === null ||
    Array.isArray(value) ||
    !Object.entries(value).every(([name, text]) => isVariableName(name) && isVariableText(text))
  ) {
    throw new InvalidLocationDocument("`environment` must map names to text", "environment");
  }
  return { ...(value as Record<string, string>) };
}

function parseContainer(value: unknown): ContainerSettings {
  try {
    return parseContainerSettings(value, "container");
  } catch (error) {
    if (!(error instanceof InvalidContainerSettings)) throw error;
    throw new InvalidLocationDocument(
      error.message,
      error.setting === "" ? "container" : `container.${error.setting}`,
    );
  }
}

function parseCommit(fields: Fields): string {
  const commit = requiredText(fields, "gitCommit");
  if (/^[0-9a-f]{7,64}$/i.test(commit)) return commit;
  throw new InvalidLocationDocument(
    `\`gitCommit\` must be the hash of a commit, 7 to 64 hexadecimal digits, not ${JSON.stringify(commit.slice(0, 80))}`,
    "gitCommit",
  );
}

/** What no system takes in a name would end another variable, or begin one. */
function isVariableName(name: string): boolean {
  return name !== "" && !name.includes("=") && !name.includes("\0");
}

function isVariableText(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\0");
}

function absolutePath(fields: Fields, name: string, within: string): string {
  const path = requiredText(fields, name, within);
  if (!path.startsWith("/"))
    throw new InvalidLocationDocument(
      `\`${within}${name}\` must be an absolute path, not "${path}"`,
      `${within}${name}`,
    );
  return path;
}

/** A path out of the folder would name code that the folder, and what an operator allows of it, says nothing of. */
function entryWithin(fields: Fields, within: string): string {
  const entry = requiredText(fields, "entry", within);
  let depth = 0;
  for (const part of entry.split("/")) {
    depth += part === ".." ? -1 : part === "." || part === "" ? 0 : 1;
    if (depth < 0) break;
  }
  if (entry.startsWith("/") || depth < 0)
    throw new InvalidLocationDocument(
      `\`${within}entry\` must be a file in the folder, relative to it, not "${entry}"; name the folder that holds both in \`${within}workingDirectory\``,
      `${within}entry`,
    );
  return entry;
}

function requiredFields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidLocationDocument(`${what} must be an object`);
  return value as Fields;
}

function requiredText(fields: Fields, name: string, within = ""): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "")
    throw new InvalidLocationDocument(
      `\`${within}${name}\` must be a text that is not empty`,
      `${within}${name}`,
    );
  return value;
}

/** Bytes of a name as agents write it, as the name of a folder; file systems take 255. */
const MAX_NAME_BYTES = 200;

/**
 * Checks the name of a code location.
 *
 * @throws InvalidLocationDocument when it is empty, can't be shown as it is, or is too long for the folder that agents keep for it.
 */
export function requireLocationName(name: string): void {
  if (name === "") throw new InvalidLocationDocument("A code location needs a name");
  if (hasUnshowable(name))
    throw new InvalidLocationDocument(
      `The name of a code location may hold no control characters, nor any that turn text: ${JSON.stringify(name.slice(0, 40))} does`,
    );
  if (name.isWellFormed() && encodeURIComponent(name).replaceAll(".", "%2E").length <= MAX_NAME_BYTES) return;
  throw new InvalidLocationDocument(
    `The name of a code location names a folder of the agent, where it may have ${MAX_NAME_BYTES} bytes: "${name.slice(0, 40)}…" has more`,
  );
}
