import { ExpectedError } from "./expected-error.ts";
import type { Metadata } from "./metadata.ts";
import { plainMetadata } from "./plain-metadata.ts";
import {
  explainInvalidText,
  isDeeperThan,
  MAX_JSON_DEPTH,
  MAX_NAME_BYTES,
  utf8Length,
} from "./text-limits.ts";

/** What can be reported of an asset without a run that makes it. */
export const REPORTED_KINDS = ["materialization", "observation", "check"] as const;
export type ReportedKind = (typeof REPORTED_KINDS)[number];

interface ReportBase {
  readonly assetKey: string;
  /** Null: the asset as a whole. */
  readonly partitionKey: string | null;
  readonly metadata: Metadata;
  /** One sentence for people; null: none. */
  readonly description: string | null;
}

/** Somebody says that an asset was made elsewhere, or what was seen of it. */
export interface ReportedVersion extends ReportBase {
  readonly kind: "materialization" | "observation";
  readonly tags: Readonly<Record<string, string>>;
  /** Null: of a materialization that it is new data, of an observation nothing. */
  readonly dataVersion: string | null;
}

/** Somebody says what a check found that was evaluated elsewhere. */
export interface ReportedCheck extends ReportBase {
  readonly kind: "check";
  readonly checkName: string;
  readonly passed: boolean;
  /** How bad it is when it did not pass. */
  readonly severity: "WARN" | "ERROR";
}

/** What is said of an asset from outside of any run, or by something else than the step that makes it. Plain JSON. */
export type ReportedEvent = ReportedVersion | ReportedCheck;

/** A report that can't be read; the message names the field. */
export class InvalidReport extends ExpectedError {
  readonly code = "invalid_report";
}

/** Bytes that the metadata and the description of a report may take as JSON. */
const MAX_REPORT_BYTES = 1_048_576;

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a report of each kind, besides `kind` itself. */
const COMMON = ["assetKey", "partitionKey", "metadata", "description"];
const FIELDS: Readonly<Record<ReportedKind, readonly string[]>> = {
  materialization: [...COMMON, "tags", "dataVersion"],
  observation: [...COMMON, "tags", "dataVersion"],
  check: [...COMMON, "checkName", "passed", "severity"],
};

/**
 * Reads a report from untrusted JSON. Metadata may be plain values, see `plainMetadata`; a field that reports do not have is refused,
 * as it would be lost without a word.
 *
 * @param where stands before the names of fields in messages, such as `assetEvents[0].`.
 * @throws InvalidReport
 */
export function parseReportedEvent(value: unknown, where = ""): ReportedEvent {
  const fields = objectOf(value, where === "" ? "the report" : where.slice(0, -1));
  const kind = REPORTED_KINDS.find((known) => known === fields["kind"]);
  if (kind === undefined)
    throw new InvalidReport(`\`${where}kind\` must be one of ${REPORTED_KINDS.join(", ")}`);
  const surplus = Object.keys(fields).find((name) => name !== "kind" && !FIELDS[kind].includes(name));
  if (surplus !== undefined)
    throw new InvalidReport(
      `\`${where}${surplus}\` is no field of a ${kind}; it has ${FIELDS[kind].join(", ")}`,
    );
  const assetKey = optionalName(fields, "assetKey", where);
  if (assetKey === null || assetKey === "")
    throw new InvalidReport(`\`${where}assetKey\` must be the key of an asset`);
  const common = {
    assetKey,
    partitionKey: optionalName(fields, "partitionKey", where),
    metadata: parseMetadata(fields["metadata"] ?? {}, `${where}metadata`),
    description: optionalText(fields, "description", where, MAX_REPORT_BYTES),
  };
  if (utf8Length(JSON.stringify(common)) > MAX_REPORT_BYTES)
    throw new InvalidReport(`\`${where}metadata\` takes more than ${MAX_REPORT_BYTES} bytes`);
  return kind === "check"
    ? { ...common, kind, ...parseCheck(fields, where) }
    : { ...common, kind, ...parseVersion(fields, where) };
}

function parseVersion(fields: Fields, where: string): Pick<ReportedVersion, "tags" | "dataVersion"> {
  const tags = Object.entries(objectOf(fields["tags"] ?? {}, `${where}tags`)).map(([name, value]) => [
    requireText(name, `${where}tags, a name in it,`, MAX_NAME_BYTES),
    requireText(value, `${where}tags.${name}`, MAX_NAME_BYTES),
  ]);
  return {
    tags: Object.fromEntries(tags) as Readonly<Record<string, string>>,
    dataVersion: optionalName(fields, "dataVersion", where),
  };
}

function parseCheck(fields: Fields, where: string): Pick<ReportedCheck, "checkName" | "passed" | "severity"> {
  const checkName = optionalName(fields, "checkName", where);
  if (checkName === null)
    throw new InvalidReport(`\`${where}checkName\` must be the name of a check of the asset`);
  const { passed } = fields;
  const severity = fields["severity"] ?? "ERROR";
  if (typeof passed !== "boolean") throw new InvalidReport(`\`${where}passed\` must be true or false`);
  if (severity !== "WARN" && severity !== "ERROR")
    throw new InvalidReport(`\`${where}severity\` must be WARN or ERROR`);
  return { checkName, passed, severity };
}

function parseMetadata(value: unknown, where: string): Metadata {
  if (isDeeperThan(value, MAX_JSON_DEPTH))
    throw new InvalidReport(`\`${where}\` has more than ${MAX_JSON_DEPTH} levels of lists and objects`);
  const metadata = plainMetadata(objectOf(value, where));
  requireTexts(metadata, where);
  return metadata;
}

/** Every text in it must be one that can be stored, names of fields too. */
function requireTexts(value: unknown, where: string): void {
  if (typeof value === "string") requireText(value, where, MAX_REPORT_BYTES);
  else if (Array.isArray(value)) value.forEach((item, index) => requireTexts(item, `${where}[${index}]`));
  else if (typeof value === "object" && value !== null)
    for (const [name, item] of Object.entries(value)) {
      requireText(name, `${where}, a name in it,`, MAX_REPORT_BYTES);
      requireTexts(item, `${where}.${name}`);
    }
}

function optionalName(fields: Fields, name: string, where: string): string | null {
  return optionalText(fields, name, where, MAX_NAME_BYTES);
}

function optionalText(fields: Fields, name: string, where: string, maxBytes: number): string | null {
  const value = fields[name] ?? null;
  return value === null ? null : requireText(value, `${where}${name}`, maxBytes);
}

function requireText(value: unknown, where: string, maxBytes: number): string {
  if (typeof value !== "string") throw new InvalidReport(`\`${where}\` must be a text`);
  const problem = explainInvalidText(value, maxBytes);
  if (problem !== null) throw new InvalidReport(`\`${where}\` ${problem}`);
  return value;
}

function objectOf(value: unknown, where: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new InvalidReport(`\`${where}\` must be an object`);
}
