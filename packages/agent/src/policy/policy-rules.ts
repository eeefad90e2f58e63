import { resolve } from "node:path";
import {
  InvalidContainerSettings,
  parseContainerSettings,
  parseVolume,
  toBytes,
  type ContainerSettings,
} from "@millrace/model/container-settings";
import { ExpectedError } from "@millrace/model/expected-error";
import type { LocationDocument } from "@millrace/model/location-document";
import { explainUnknownName } from "@millrace/model/near-names";
import { matches } from "./given-environment.ts";
import { isInside } from "./real-path.ts";

/** The rules that are lists: what is allowed, by name, or `NAME*` for all that begin so; folders with all in them. */
const LISTS = ["images", "folders", "environment", "volumes", "networks"] as const;
type ListRule = (typeof LISTS)[number];
const LIMITS = ["memory", "cpus"] as const;
const RULES: readonly string[] = [...LISTS, ...LIMITS];

/** What an agent's operator lets the control plane ask for, from a file. A rule that is left out limits nothing. */
export interface PolicyRules extends Partial<Readonly<Record<ListRule, readonly string[]>>> {
  /** The file that says so, for whoever is refused. */
  readonly file: string;
  /** The most memory that a container may ask for, such as `4g`. */
  readonly memory?: string;
  /** The most cores. */
  readonly cpus?: number;
}

/** A policy that can't be used. */
export class InvalidPolicy extends ExpectedError {
  readonly code = "invalid_policy";
  /** Where in the file: the rule, and the place in its list; empty: the whole file. */
  readonly path: readonly (string | number)[];
  constructor(message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.path = path;
  }
}

/**
 * Reads the rules of a policy from untrusted JSON. One that is not known is refused: a limit that is misspelt would be no limit.
 *
 * @param file its name, for whoever is refused something.
 * @throws InvalidPolicy saying where.
 */
export function parsePolicyRules(value: unknown, file: string): PolicyRules {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidPolicy(`A policy has some of the rules ${RULES.join(", ")}`);
  const fields = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((name) => !RULES.includes(name));
  if (unknown !== undefined)
    throw new InvalidPolicy(`There is no rule \`${unknown}\`${explainUnknownName(unknown, RULES)}`, [
      unknown,
    ]);
  const lists = LISTS.flatMap((rule) =>
    fields[rule] === undefined ? [] : [[rule, readList(rule, fields[rule])] as const],
  );
  return { file, ...Object.fromEntries(lists), ...readLimits(fields) };
}

/** Why a rule does not allow what a document asks for. */
export interface Refusal {
  readonly rule: string;
  /** What is asked for, as the end of a sentence: `the image shop:1`. */
  readonly what: string;
  readonly allowed: string;
}

/** What the rules refuse of a document; null: nothing. */
export function findRefusal(document: LocationDocument, rules: PolicyRules): Refusal | null {
  const { code, environment, container = {} } = document;
  const { volumes = [], networks = [] } = container;
  const names = Object.keys({ ...environment, ...container.environment });
  const isIn = (folder: string, allowed: string) => allowed.startsWith("/") && isInside(folder, allowed);
  return (
    (code.kind === "image"
      ? refuse(rules, "images", [code.image], "the image", matches)
      : refuse(rules, "folders", foldersOf(code), "code in", isIn)) ??
    refuse(rules, "environment", names, "the environment variable", matches) ??
    refuse(rules, "volumes", volumes, "the volume", (volume, allowed) => {
      const { source } = parseVolume(volume);
      return source.startsWith("/") ? isIn(source, allowed) : matches(source, allowed);
    }) ??
    refuse(rules, "networks", networks, "the network", matches) ??
    refuseMore(container, rules)
  );
}

function foldersOf(code: { readonly workingDirectory: string; readonly entry: string }): string[] {
  return [code.workingDirectory, resolve(code.workingDirectory, code.entry)];
}

function refuse(
  rules: PolicyRules,
  rule: ListRule,
  asked: readonly string[],
  what: string,
  allows: (asked: string, allowed: string) => boolean,
): Refusal | null {
  const list = rules[rule];
  const refused = list && asked.find((each) => !list.some((allowed) => allows(each, allowed)));
  if (refused === undefined) return null;
  return {
    rule,
    what: `${what} ${refused}`,
    allowed: list?.length === 0 ? "none" : `only ${list?.join(", ")}`,
  };
}

/** What asks for no limit has that of the agent. */
function refuseMore(asked: ContainerSettings, { memory, cpus }: PolicyRules): Refusal | null {
  if (memory !== undefined && asked.memory !== undefined && toBytes(asked.memory) > toBytes(memory))
    return { rule: "memory", what: `${asked.memory} of memory`, allowed: `at most ${memory}` };
  if (cpus !== undefined && asked.cpus !== undefined && asked.cpus > cpus)
    return { rule: "cpus", what: `${asked.cpus} cores`, allowed: `at most ${cpus}` };
  return null;
}

function readList(rule: ListRule, value: unknown): readonly string[] {
  if (!Array.isArray(value))
    throw new InvalidPolicy(`\`${rule}\` is a list of what is allowed; [] allows none`, [rule]);
  return value.map((text: unknown, index) => {
    if (typeof text !== "string" || text === "")
      throw new InvalidPolicy(`\`${rule}\` lists texts that are not empty`, [rule, index]);
    if (rule === "folders" && !text.startsWith("/"))
      throw new InvalidPolicy(`\`folders\` lists absolute folders, not "${text}"`, [rule, index]);
    return text;
  });
}

function readLimits(fields: Readonly<Record<string, unknown>>): Pick<PolicyRules, "memory" | "cpus"> {
  const limits = Object.fromEntries(
    LIMITS.flatMap((rule) => (fields[rule] === undefined ? [] : [[rule, fields[rule]]])),
  );
  try {
    return parseContainerSettings(limits, "policy");
  } catch (error) {
    if (!(error instanceof InvalidContainerSettings)) throw error;
    throw new InvalidPolicy(`\`${error.setting}\` ${error.problem}`, [error.setting]);
  }
}
