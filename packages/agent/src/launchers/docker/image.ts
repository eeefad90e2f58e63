import { join } from "node:path";
import type { PullPolicy } from "@millrace/model/container-settings";
import type { ImageCode, LocationDocument } from "@millrace/model/location-document";
import { parseFields, textField } from "../../home/state-file.ts";
import { CodeNotSupported, LaunchFailed } from "../launcher.ts";
import { EngineRefused, type DockerEngine } from "./docker-engine.ts";
import type { DockerHost } from "./docker-host.ts";
import { findRegistryCredentials, type RegistryCredentials } from "./registry-credentials.ts";

/** An image that is on this machine. */
export interface FoundImage {
  /** Its digest: the name may be given to another one. */
  readonly id: string;
  /** Absolute folder in it that its programs start in. */
  readonly workingDirectory: string;
  /** What it was built for, such as `linux/amd64`. */
  readonly platform: string;
}

/** The image of a location's code. Throws CodeNotSupported when it has none. */
export function getImage({ code }: LocationDocument): ImageCode {
  if (code.kind === "image") return code;
  throw new CodeNotSupported(
    `The code is in the folder ${code.workingDirectory}, and this agent launches containers: it runs code in images. Give the location an image (code.kind "image"), or a queue that an agent without \`--launcher docker\` serves`,
  );
}

/**
 * Finds an image on this machine, and pulls it as the policy says.
 *
 * @throws LaunchFailed when it can't be had.
 */
export async function findImage(
  host: Pick<DockerHost, "engine" | "configFolder">,
  image: string,
  pull: PullPolicy = "missing",
): Promise<FoundImage> {
  const found = pull === "always" ? null : await inspectImage(host.engine, image);
  if (found !== null) return found;
  if (pull === "never")
    throw new LaunchFailed(
      `The image ${image} is not on the agent's machine, and \`container.pull\` is "never": run \`docker pull ${image}\` there, or let the agent pull it`,
      { code: "code_missing" },
    );
  return pullImage(host, image);
}

async function inspectImage(engine: DockerEngine, image: string): Promise<FoundImage | null> {
  try {
    const text = await engine.ask({ method: "GET", path: `/images/${encodeURIComponent(image)}/json` });
    const fields = parseFields(JSON.parse(text));
    const { WorkingDir } = parseFields(fields["Config"]);
    const workingDirectory = typeof WorkingDir === "string" && WorkingDir !== "" ? WorkingDir : "/";
    const platform = `${textField(fields, "Os")}/${textField(fields, "Architecture")}`;
    return { id: textField(fields, "Id"), workingDirectory, platform };
  } catch (error) {
    if (error instanceof EngineRefused && error.status === 404) return null;
    if (error instanceof EngineRefused)
      throw new LaunchFailed(`The image ${image} can't be used: ${error.message}`, { cause: error });
    throw error;
  }
}

async function pullImage(
  { engine, configFolder }: Pick<DockerHost, "engine" | "configFolder">,
  image: string,
): Promise<FoundImage> {
  const credentials = await findRegistryCredentials(configFolder, image);
  const problem = await tryToPull(engine, image, credentials);
  const found = problem === null ? await inspectImage(engine, image) : null;
  if (found !== null) return found;
  const login =
    credentials === null && /unauthorized|denied|authentication|no basic auth/i.test(problem ?? "")
      ? `. There are no credentials for its registry in ${join(configFolder, "config.json")}: run \`docker login\` as the agent's user`
      : `. Check its name, or run \`docker pull ${image}\` there`;
  throw new LaunchFailed(
    `The image ${image} can't be pulled to the agent's machine: ${problem ?? "it is not there afterwards"}${login}`,
    { code: "code_missing" },
  );
}

/** What the engine's machine runs, such as `linux/amd64`. */
export async function findPlatform(engine: DockerEngine): Promise<string> {
  const fields = parseFields(JSON.parse(await engine.ask({ method: "GET", path: "/version" })));
  return `${textField(fields, "Os")}/${textField(fields, "Arch")}`;
}

/** Null: it was pulled; else what the engine says. */
async function tryToPull(
  engine: DockerEngine,
  image: string,
  credentials: RegistryCredentials | null,
): Promise<string | null> {
  // Without a tag or a digest, the engine would pull all tags.
  const isExact = image.includes("@") || image.slice(image.lastIndexOf("/") + 1).includes(":");
  const query = new URLSearchParams({ fromImage: image, ...(isExact ? {} : { tag: "latest" }) });
  try {
    const progress = await engine.ask({
      method: "POST",
      path: `/images/create?${query.toString()}`,
      ...(credentials === null ? {} : { credentials }),
    });
    for (const line of progress.split("\n").filter((text) => text.trim() !== "")) {
      const { error } = parseFields(JSON.parse(line));
      if (typeof error === "string") return error;
    }
    return null;
  } catch (error) {
    if (error instanceof EngineRefused) return error.message;
    throw error;
  }
}
