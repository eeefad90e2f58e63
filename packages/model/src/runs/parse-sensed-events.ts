import { ExpectedError } from "../expected-error.ts";
import type { Metadata } from "../metadata.ts";
import { parseErrorInfo } from "../errors/parse-error-info.ts";
import type { RunReport } from "../seen-run.ts";
import { RUN_STATUSES } from "../run-status.ts";
import type { SensedEvents, SensedMaterializationJson, SensedRunJson } from "../sensed-events.ts";

/** Events for a sensor that can't be read; the message names the field. */
export class InvalidSensedEvents extends ExpectedError {
  readonly code = "invalid_sensed_events";
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads what a sensor is told of from untrusted JSON. Nothing at all: no events. Fields that this version does not know are
 * left out.
 *
 * @throws InvalidSensedEvents
 */
export function parseSensedEvents(value: unknown): SensedEvents {
  const fields = readObject(value ?? {}, "events");
  return {
    materializations: readList(fields["materializations"], "events.materializations").map((item, index) =>
      parseMaterialization(readObject(item, `events.materializations[${index}]`), index),
    ),
    runs: readList(fields["runs"], "events.runs").map((item, index) =>
      parseRun(readObject(item, `events.runs[${index}]`), index),
    ),
  };
}

function parseMaterialization(fields: Fields, index: number): SensedMaterializationJson {
  const where = `events.materializations[${index}]`;
  return {
    assetKey: readText(fields, "assetKey", where),
    partitionKey: readOptionalText(fields, "partitionKey", where),
    runId: readOptionalText(fields, "runId", where),
    happenedAt: readInstant(fields, "happenedAt", where),
    // Values of metadata go on as they came: a newer worker may know types that this version does not.
    metadata: readObject(fields["metadata"] ?? {}, `${where}.metadata`) as Metadata,
    tags: readTags(fields, where),
    dataVersion: readOptionalText(fields, "dataVersion", where),
  };
}

function parseRun(fields: Fields, index: number): SensedRunJson {
  const where = `events.runs[${index}]`;
  const status = RUN_STATUSES.find((known) => known === fields["status"]);
  if (status === undefined) throw refusal(`${where}.status`, `one of ${RUN_STATUSES.join(", ")}`);
  return {
    runId: readText(fields, "runId", where),
    locationName: readText(fields, "locationName", where),
    jobName: readText(fields, "jobName", where),
    status,
    partitionKey: readOptionalText(fields, "partitionKey", where),
    tags: readTags(fields, where),
    ...readReport(fields, where),
    message: readText(fields, "message", where),
    happenedAt: readInstant(fields, "happenedAt", where),
  };
}

/** What there is to say of how a run goes; an older control plane says nothing of it. */
function readReport(fields: Fields, where: string): RunReport {
  const steps = readList(fields["failedSteps"], `${where}.failedSteps`);
  if (!steps.every((step) => typeof step === "string"))
    throw refusal(`${where}.failedSteps`, "a list of texts");
  const { error = null } = fields;
  return {
    createdAt: readOptionalInstant(fields, "createdAt", where) ?? readInstant(fields, "happenedAt", where),
    startedAt: readOptionalInstant(fields, "startedAt", where),
    endedAt: readOptionalInstant(fields, "endedAt", where),
    failedSteps: steps,
    error: error === null ? null : parseErrorInfo(readObject(error, `${where}.error`)),
    willRetry: fields["willRetry"] === true,
    url: readOptionalText(fields, "url", where) ?? "",
  };
}

function readObject(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refusal(where, "an object");
  return value as Fields;
}

function readList(value: unknown, where: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw refusal(where, "a list");
  return value;
}

function readText(fields: Fields, name: string, where: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw refusal(`${where}.${name}`, "a text");
  return value;
}

function readOptionalText(fields: Fields, name: string, where: string): string | null {
  return (fields[name] ?? null) === null ? null : readText(fields, name, where);
}

function readInstant(fields: Fields, name: string, where: string): string {
  const text = readText(fields, name, where);
  if (Number.isNaN(Date.parse(text))) throw refusal(`${where}.${name}`, "an ISO-8601 instant");
  return text;
}

function readOptionalInstant(fields: Fields, name: string, where: string): string | null {
  return (fields[name] ?? null) === null ? null : readInstant(fields, name, where);
}

function readTags(fields: Fields, where: string): Readonly<Record<string, string>> {
  const tags = readObject(fields["tags"] ?? {}, `${where}.tags`);
  for (const [key, value] of Object.entries(tags))
    if (typeof value !== "string") throw refusal(`${where}.tags.${key}`, "a text");
  return tags as Readonly<Record<string, string>>;
}

function refusal(where: string, what: string): InvalidSensedEvents {
  return new InvalidSensedEvents(`\`${where}\` must be ${what}`);
}
