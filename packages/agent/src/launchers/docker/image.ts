import type { ImageCode, LocationDocument } from "@millrace/model/location-document";
import { parseFields, textField } from "../../home/state-file.ts";
import { CodeNotSupported, LaunchFailed } from "../launcher.ts";
import { EngineRefused, type DockerEngine } from "./docker-engine.ts";

/** An image that is on this machine. */
export interface FoundImage {
  /** Its digest: the name may be given to another one. */
  readonly id: string;
  /** Absolute folder in it that its programs start in. */
  readonly workingDirectory: string;
}

/** The image of a location's code. Throws CodeNotSupported when it has none. */
export function getImage({ code }: LocationDocument): ImageCode {
  if (code.kind === "image") return code;
  throw new CodeNotSupported(
    `The code is in the folder ${code.workingDirectory}, and this agent launches containers: it runs code in images. Give the location an image (code.kind "image"), or a queue that an agent without \`--launcher docker\` serves`,
  );
}

/**
 * Finds an image on this machine, and pulls it when it is not there.
 *
 * @throws LaunchFailed when it can't be had.
 */
export async function findImage(engine: DockerEngine, image: string): Promise<FoundImage> {
  return (await inspectImage(engine, image)) ?? pullImage(engine, image);
}

async function inspectImage(engine: DockerEngine, image: string): Promise<FoundImage | null> {
  try {
    const text = await engine.ask({ method: "GET", path: `/images/${encodeURIComponent(image)}/json` });
    const fields = parseFields(JSON.parse(text));
    const { WorkingDir } = parseFields(fields["Config"]);
    const workingDirectory = typeof WorkingDir === "string" && WorkingDir !== "" ? WorkingDir : "/";
    return { id: textField(fields, "Id"), workingDirectory };
  } catch (error) {
    if (error instanceof EngineRefused && error.status === 404) return null;
    if (error instanceof EngineRefused)
      throw new LaunchFailed(`The image ${image} can't be used: ${error.message}`, { cause: error });
    throw error;
  }
}

async function pullImage(engine: DockerEngine, image: string): Promise<FoundImage> {
  const problem = await tryToPull(engine, image);
  const found = problem === null ? await inspectImage(engine, image) : null;
  if (found !== null) return found;
  throw new LaunchFailed(
    `The image ${image} is not on the agent's machine, and can't be pulled: ${problem ?? "it is not there afterwards"}. Check its name, or run \`docker pull ${image}\` there`,
  );
}

/** Null: it was pulled; else what the engine says. */
async function tryToPull(engine: DockerEngine, image: string): Promise<string | null> {
  // Without a tag or a digest, the engine would pull all tags.
  const isExact = image.includes("@") || image.slice(image.lastIndexOf("/") + 1).includes(":");
  const query = new URLSearchParams({ fromImage: image, ...(isExact ? {} : { tag: "latest" }) });
  try {
    const progress = await engine.ask({ method: "POST", path: `/images/create?${query.toString()}` });
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
