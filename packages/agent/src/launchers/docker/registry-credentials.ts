import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseFields } from "../../home/state-file.ts";
import { LaunchFailed } from "../launcher.ts";

/** What Docker's own command line calls the registry of images whose name has none. */
const DOCKER_HUB = "https://index.docker.io/v1/";
/** A helper that has asked for something by then, such as a password, gets no answer. */
const HELPER_TIMEOUT_MS = 30_000;

/** What an engine presents to a registry, as its API takes it. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string; readonly serveraddress: string }
  | { readonly identitytoken: string; readonly serveraddress: string };

/** The folder of the configuration of Docker's command line. */
export function findDockerConfigFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return environment["DOCKER_CONFIG"] || join(homedir(), ".docker");
}

/**
 * The credentials with which an image is pulled: those that `docker login` of the agent's user has left, in the file or with a
 * credential helper. Read anew each time, since they may be short-lived.
 *
 * @param configFolder the folder of `config.json`.
 * @returns null: it says nothing of the image's registry.
 * @throws LaunchFailed when the file or what a helper says can't be read.
 */
export async function findRegistryCredentials(
  configFolder: string,
  image: string,
): Promise<RegistryCredentials | null> {
  const registry = registryOf(image);
  const file = join(configFolder, "config.json");
  const config = readConfig(file);
  const helper = textOf(fieldsOf(config["credHelpers"])[registry]) ?? textOf(config["credsStore"]);
  if (helper !== null) return askHelper(helper, registry);
  const auths = fieldsOf(config["auths"]);
  const found = Object.entries(auths).find(([name]) => hostOf(name) === hostOf(registry));
  if (found === undefined) return null;
  const { auth, identitytoken, username, password } = fieldsOf(found[1]);
  const token = textOf(identitytoken);
  if (token !== null) return { identitytoken: token, serveraddress: registry };
  const [user, ...secret] =
    textOf(auth) === null
      ? [textOf(username) ?? "", textOf(password) ?? ""]
      : Buffer.from(textOf(auth) ?? "", "base64")
          .toString("utf8")
          .split(":");
  if (!user) return null;
  return { username: user, password: secret.join(":"), serveraddress: registry };
}

function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : DOCKER_HUB;
}

/** Names of registries stand in the file with or without a scheme and a path. */
function hostOf(registry: string): string {
  return registry.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function readConfig(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new LaunchFailed(`The credentials in ${file} can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    return parseFields(JSON.parse(text));
  } catch (cause) {
    throw new LaunchFailed(`The credentials in ${file} can't be read: it is not JSON`, { cause });
  }
}

/** What `docker-credential-NAME get` says. */
async function askHelper(helper: string, registry: string): Promise<RegistryCredentials | null> {
  const program = `docker-credential-${helper}`;
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  const child = spawn(program, ["get"], { stdio: ["pipe", "pipe", "ignore"], timeout: HELPER_TIMEOUT_MS });
  const said: Buffer[] = [];
  const fail = (problem: string): LaunchFailed =>
    new LaunchFailed(`The credential helper ${program} for ${registry} ${problem}`);
  child.on("error", ({ message }) => reject(fail(`can't be started: ${message}`)));
  child.stdin.on("error", () => {}); // It ended without reading.
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  child.on("close", (code) => {
    const text = Buffer.concat(said).toString("utf8").trim();
    if (code === 0) resolve(text);
    else if (text.includes("credentials not found")) resolve(null);
    else reject(fail(`ended with exit code ${code}: ${text.slice(0, 300)}`));
  });
  child.stdin.end(registry);
  const text = await promise;
  if (text === null) return null;
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = parseFields(JSON.parse(text));
  } catch {
    throw fail("said something that is not JSON");
  }
  const [username, secret] = [textOf(fields["Username"]), textOf(fields["Secret"])];
  if (username === null || secret === null) throw fail("said neither user nor secret");
  if (username === "<token>") return { identitytoken: secret, serveraddress: registry };
  return { username, password: secret, serveraddress: registry };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
