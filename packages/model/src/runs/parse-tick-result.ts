import { parseErrorInfo } from "../errors/parse-error-info.ts";
import { LOG_LEVELS } from "../run-event.ts";
import { ExpectedError } from "../expected-error.ts";
import { parseReportedEvent } from "../reported-event.ts";
import {
  MAX_RUN_REQUESTS,
  type PartitionsRequest,
  type RunRequest,
  type TickAnswer,
  type TickLogLine,
} from "./work-item.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What the evaluation of a tick has answered can't be read; the message names the field. */
export class InvalidTickResult extends ExpectedError {
  readonly code = "invalid_tick_result";
}

/**
 * Reads what an agent says of a tick from untrusted JSON. What is left out was not asked for; fields that this version does not know
 * are passed over.
 *
 * @throws InvalidTickResult, InvalidReport
 */
export function parseTickResult(value: unknown): TickAnswer {
  const fields = readObject(value, "the result");
  const { error = null } = fields;
  const runRequests = readList(fields["runRequests"], "runRequests");
  if (runRequests.length > MAX_RUN_REQUESTS)
    throw refusal("runRequests", `have at most ${MAX_RUN_REQUESTS} items, not ${runRequests.length}`);
  return {
    runRequests: runRequests.map(parseRunRequest),
    partitionsRequests: readList(fields["partitionsRequests"], "partitionsRequests").map(
      parsePartitionsRequest,
    ),
    assetEvents: readList(fields["assetEvents"], "assetEvents").map((event, index) =>
      parseReportedEvent(event, `assetEvents[${index}].`),
    ),
    skipReason: readText(fields, "skipReason", "skipReason"),
    cursor: readText(fields, "cursor", "cursor"),
    error: error === null ? null : parseErrorInfo(error),
    logs: readList(fields["logs"], "logs").map(parseLogLine),
  };
}

function parseRunRequest(value: unknown, index: number): RunRequest {
  const where = `runRequests[${index}]`;
  const fields = readObject(value, where);
  const { assetSelection = null, runConfig = {}, tags = {} } = fields;
  const map = readObject(tags, `${where}.tags`);
  if (!Object.values(map).every((tag) => typeof tag === "string"))
    throw refusal(`${where}.tags`, "map names to texts");
  return {
    runKey: readText(fields, "runKey", `${where}.runKey`),
    jobName: readText(fields, "jobName", `${where}.jobName`),
    assetSelection: assetSelection === null ? null : readTexts(assetSelection, `${where}.assetSelection`),
    partitionKey: readText(fields, "partitionKey", `${where}.partitionKey`),
    runConfig: readObject(runConfig, `${where}.runConfig`),
    tags: map as Readonly<Record<string, string>>,
  };
}

function parsePartitionsRequest(value: unknown, index: number): PartitionsRequest {
  const where = `partitionsRequests[${index}]`;
  const fields = readObject(value, where);
  const { action, name } = fields;
  if (action !== "add" && action !== "delete") throw refusal(`${where}.action`, 'be "add" or "delete"');
  if (typeof name !== "string") throw refusal(`${where}.name`, "be a text");
  return { action, name, keys: readTexts(fields["keys"], `${where}.keys`) };
}

function parseLogLine(value: unknown, index: number): TickLogLine {
  const where = `logs[${index}]`;
  const { timestamp, level, message } = readObject(value, where);
  const known = LOG_LEVELS.find((candidate) => candidate === level);
  if (typeof timestamp !== "number") throw refusal(`${where}.timestamp`, "be a number");
  if (typeof message !== "string") throw refusal(`${where}.message`, "be a text");
  return { timestamp, level: known ?? "INFO", message };
}

function readObject(value: unknown, where: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw refusal(where, "be an object");
}

function readList(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw refusal(where, "be a list");
}

function readTexts(value: unknown, where: string): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw refusal(where, "be a list of texts");
}

function readText(fields: Fields, name: string, where: string): string | null {
  const value = fields[name] ?? null;
  if (value === null || typeof value === "string") return value;
  throw refusal(where, "be a text or null");
}

function refusal(where: string, what: string): InvalidTickResult {
  return new InvalidTickResult(`\`${where}\` must ${what}`);
}
