import { ExpectedError } from "./expected-error.ts";

/**
 * What is said about the containers of code servers and run workers. A deployment, a code location, a job and a run may each say
 * some of it, see `mergeContainerSettings`. Launchers that start no containers pass it over.
 */
export interface ContainerSettings {
  /** Networks of the engine that they are in; the first one is their way out. */
  readonly networks?: readonly string[];
  /** What they see besides their image, `SOURCE:TARGET` or `SOURCE:TARGET:ro`, as `docker run --volume` takes it. The source is a volume of the engine, or an absolute folder of the agent's machine. */
  readonly volumes?: readonly string[];
  /** How much memory each may use, such as `512m` or `2g`. */
  readonly memory?: string;
  /** How many cores each may use, such as 0.5. */
  readonly cpus?: number;
  /** Variables beside those of the location. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds from the wish that one stops until it is killed. */
  readonly stopTimeout?: number;
  /** When the image is pulled for a code server. Run workers have the very image that their code server had. */
  readonly pull?: PullPolicy;
}

/** When an image is pulled: for each code server, when it is not there, or never. */
export const PULL_POLICIES = ["always", "missing", "never"] as const;
export type PullPolicy = (typeof PULL_POLICIES)[number];

/** The tag of jobs and runs that holds container settings, as JSON. */
export const CONTAINER_TAG = "millrace/container";

/** Container settings that can't be used. */
export class InvalidContainerSettings extends ExpectedError {
  readonly code = "invalid_container_settings";
  /** The setting that is wrong, such as `volumes[0]`; empty: all of them. */
  readonly setting: string;
  /** What is wrong with it, as the end of a sentence. */
  readonly problem: string;
  /** @param path where the settings stand, such as `container`. */
  constructor(path: string, setting: string, problem: string) {
    super(`\`${path}${setting === "" ? "" : `.${setting}`}\` ${problem}`);
    this.setting = setting;
    this.problem = problem;
  }
}

/** A volume as its parts. */
export interface VolumeMount {
  /** An absolute folder of the agent's machine, or the name of a volume. */
  readonly source: string;
  /** Absolute folder in the container. */
  readonly target: string;
}

type Fields = Readonly<Record<string, unknown>>;
type Fail = (setting: string, problem: string) => InvalidContainerSettings;

const MOST_SECONDS = 86_400;
/** Labels of containers by which agents find them again. */
const OWN_LABELS = "dev.millrace.";

/** How each setting is read; null stands for one that is left out. */
const READERS: { readonly [Name in keyof Required<ContainerSettings>]: Reader<Name> } = {
  networks: (value, fail) =>
    readTexts(value, "networks", fail, (name) =>
      /^[\w.:-]+$/.test(name) ? null : "is no name of a network",
    ),
  volumes: (value, fail) =>
    readTexts(value, "volumes", fail, (text) =>
      findVolume(text) === null
        ? `must be SOURCE:TARGET or SOURCE:TARGET:ro with a volume's name or an absolute folder as source and an absolute folder as target, not "${text}"`
        : null,
    ),
  memory(value, fail) {
    if (typeof value === "string" && findBytes(value) !== null) return value;
    throw fail("memory", `must be an amount of memory such as "512m" or "2g", not ${JSON.stringify(value)}`);
  },
  cpus(value, fail) {
    if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
    throw fail("cpus", `must be a number of cores above 0, such as 0.5, not ${JSON.stringify(value)}`);
  },
  environment: (value, fail) =>
    readRecord(value, "environment", fail, (name) => name !== "" && !/[=\0]/.test(name)),
  labels(value, fail) {
    const labels = readRecord(value, "labels", fail, (name) => name !== "" && !name.includes("\0"));
    const taken = Object.keys(labels).find((name) => name.startsWith(OWN_LABELS));
    if (taken !== undefined)
      throw fail(
        `labels.${taken}`,
        `is Millrace's own: choose a name that does not begin with ${OWN_LABELS}`,
      );
    return labels;
  },
  stopTimeout(value, fail) {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_SECONDS)
      return value;
    throw fail(
      "stopTimeout",
      `must be a whole number of seconds from 0 to a day, not ${JSON.stringify(value)}`,
    );
  },
  pull(value, fail) {
    const policy = PULL_POLICIES.find((known) => known === value);
    if (policy !== undefined) return policy;
    throw fail("pull", `must be "always", "missing" or "never", not ${JSON.stringify(value)}`);
  },
};
type Reader<Name extends keyof ContainerSettings> = (
  value: unknown,
  fail: Fail,
) => NonNullable<ContainerSettings[Name]>;

/** Names of the settings that there are. */
export const CONTAINER_SETTINGS = Object.keys(READERS) as readonly (keyof ContainerSettings)[];

/**
 * Reads container settings from untrusted JSON. One that is not known is refused: a limit that is misspelt would be no limit.
 *
 * @param path where they stand, for the error.
 * @throws InvalidContainerSettings naming the setting.
 */
export function parseContainerSettings(value: unknown, path: string): ContainerSettings {
  const fail: Fail = (setting, problem) => new InvalidContainerSettings(path, setting, problem);
  if (!isObject(value)) throw fail("", `must be an object with some of ${CONTAINER_SETTINGS.join(", ")}`);
  const unknown = Object.keys(value).find((name) => !CONTAINER_SETTINGS.some((known) => known === name));
  if (unknown !== undefined) throw fail(unknown, `is not known; there are ${CONTAINER_SETTINGS.join(", ")}`);
  const read = Object.fromEntries(
    CONTAINER_SETTINGS.filter((name) => (value[name] ?? null) !== null).map((name) => [
      name,
      READERS[name](value[name], fail),
    ]),
  );
  return read;
}

/**
 * The container settings that the tags of a job or run hold; none when they have no such tag.
 *
 * @throws InvalidContainerSettings naming the setting.
 */
export function readContainerTag(tags: Readonly<Record<string, string>>): ContainerSettings {
  const text = tags[CONTAINER_TAG];
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidContainerSettings(
      CONTAINER_TAG,
      "",
      `must be JSON such as {"memory":"2g"}, not ${text.slice(0, 80)}`,
    );
  }
  return parseContainerSettings(value, CONTAINER_TAG);
}

/** The parts of a volume that has been read. */
export function parseVolume(text: string): VolumeMount {
  const volume = findVolume(text);
  if (volume === null) throw new InvalidContainerSettings("volumes", "", `has no volume "${text}"`);
  return volume;
}

/** An amount of memory that has been read, in bytes. */
export function toBytes(memory: string): number {
  const bytes = findBytes(memory);
  if (bytes === null) throw new InvalidContainerSettings("memory", "", `is no amount: "${memory}"`);
  return bytes;
}

function findVolume(text: string): VolumeMount | null {
  const [source = "", target = "", mode = "rw", ...others] = text.split(":");
  const isSource = source.startsWith("/") || /^[a-zA-Z0-9][\w.-]+$/.test(source);
  const isMode = /^(ro|rw|z|Z)(,(ro|rw|z|Z))*$/.test(mode);
  if (!isSource || !/^\/./.test(target) || !isMode || others.length > 0 || text.includes("\0")) return null;
  return { source, target };
}

function findBytes(text: string): number | null {
  const [, amount, unit] = /^(\d{1,12}(?:\.\d{1,3})?)([bkmg])b?$/i.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return null;
  const bytes = Math.round(Number(amount) * 1024 ** "bkmg".indexOf(unit.toLowerCase()));
  return bytes > 0 ? bytes : null;
}

function readTexts(
  value: unknown,
  setting: string,
  fail: Fail,
  findProblem: (text: string) => string | null,
): readonly string[] {
  if (!Array.isArray(value)) throw fail(setting, "must be a list of texts");
  return value.map((text: unknown, index) => {
    if (typeof text !== "string") throw fail(`${setting}[${index}]`, "must be a text");
    const problem = findProblem(text);
    if (problem !== null) throw fail(`${setting}[${index}]`, problem);
    return text;
  });
}

function readRecord(
  value: unknown,
  setting: string,
  fail: Fail,
  isName: (name: string) => boolean,
): Readonly<Record<string, string>> {
  if (!isObject(value)) throw fail(setting, "must map names to texts");
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (!isName(name)) throw fail(setting, `has a name that can't be used: ${JSON.stringify(name)}`);
      if (typeof text !== "string" || text.includes("\0")) throw fail(`${setting}.${name}`, "must be a text");
      return [name, text];
    }),
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
