/**
 * What a user says about a code location: the document that the control plane keeps and agents carry out.
 * Paths are paths in the agent's environment.
 */
export interface LocationDocument {
  /** Absolute folder in which the code runs; its `node_modules` are the code's dependencies. */
  readonly workingDirectory: string;
  /** The file that exports the definitions, relative to the folder. */
  readonly entry: string;
  /** Agents that serve this queue serve the location. Default: `default`. */
  readonly queue: string;
  /** Environment variables for the location's processes; values are plain, secrets stay with the agent. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A location document that cannot be used. */
export class InvalidLocationDocument extends Error {
  readonly code = "invalid_location_document";
}

/**
 * Reads a location document from untrusted JSON, with defaults filled in. Fields it does not know are passed over.
 *
 * @throws InvalidLocationDocument naming the field that is missing or of the wrong type.
 */
export function parseLocationDocument(value: unknown): LocationDocument {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidLocationDocument("A code location's document must be an object");
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const environment = fields["environment"] ?? {};
  if (
    typeof environment !== "object" ||
    Array.isArray(environment) ||
    !Object.values(environment).every((item) => typeof item === "string")
  ) {
    throw new InvalidLocationDocument("`environment` must map names to text");
  }
  const workingDirectory = requiredText(fields, "workingDirectory");
  if (!workingDirectory.startsWith("/")) {
    throw new InvalidLocationDocument(
      `\`workingDirectory\` must be an absolute path, not "${workingDirectory}"`,
    );
  }
  return {
    workingDirectory,
    entry: requiredText(fields, "entry"),
    queue: fields["queue"] === undefined ? "default" : requiredText(fields, "queue"),
    environment: { ...(environment as Record<string, string>) },
  };
}

function requiredText(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") {
    throw new InvalidLocationDocument(`\`${name}\` must be a text that is not empty`);
  }
  return value;
}
