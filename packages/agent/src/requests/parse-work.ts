import { CONTAINER_TAG, readContainerTag, type ContainerSettings } from "@millrace/model/container-settings";
import { parseSensedEvents } from "@millrace/model/runs/parse-sensed-events";
import { isSeconds } from "@millrace/model/seconds";
import { ExpectedError } from "@millrace/model/expected-error";
import {
  DEFAULT_TICK_SECONDS,
  type EvaluateScheduleWork,
  type EvaluateSensorWork,
  type TerminateRunWork,
} from "@millrace/model/runs/work-item";
import { PermanentWorkFailure } from "./permanent-failure.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A launch, as far as an agent is concerned with it. */
export interface LaunchRequest {
  readonly runId: string;
  readonly attempt: number;
  readonly runToken: string;
  readonly locationName: string;
  /** The worker for which the attempt has begun; left out: for none. */
  readonly startedFor?: string;
  /** What its job and whoever launched it say of its container. */
  readonly container: ContainerSettings;
  /** The whole launch for the worker's spec; between control plane and worker, so that the agent need not know the words. */
  readonly launch: Fields;
}

/** Reads the payload of a `launch_run` item. Throws PermanentWorkFailure naming the field that is wrong. */
export function parseLaunchRun(payload: unknown): LaunchRequest {
  const { kind: _, ...launch } = readObject(payload, "the payload");
  return {
    runId: readText(launch, "runId"),
    attempt: readCount(launch, "attempt"),
    runToken: readText(launch, "runToken"),
    locationName: readText(launch, "locationName"),
    ...(launch["startedFor"] === undefined ? {} : { startedFor: readText(launch, "startedFor") }),
    container: readContainer(launch["tags"] ?? {}),
    launch,
  };
}

function readContainer(tags: unknown): ContainerSettings {
  const { [CONTAINER_TAG]: tag } = readObject(tags, "`tags`");
  if (tag === undefined) return {};
  if (typeof tag !== "string") throw refusal(`\`tags.${CONTAINER_TAG}\` must be a text`);
  return read(() => readContainerTag({ [CONTAINER_TAG]: tag }));
}

/** Reads a part with rules of its own, whose refusal is the payload's. */
function read<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof ExpectedError ? refusal(error.message) : error;
  }
}

/** Reads the payload of a `terminate_run` item. Throws PermanentWorkFailure naming the field that is wrong. */
export function parseTerminateRun(payload: unknown): TerminateRunWork {
  const fields = readObject(payload, "the payload");
  const graceSeconds = fields["graceSeconds"];
  if (typeof graceSeconds !== "number" || !(graceSeconds >= 0 && graceSeconds <= 86_400)) {
    throw refusal("`graceSeconds` must be a number of seconds from 0 to a day");
  }
  return {
    kind: "terminate_run",
    runId: readText(fields, "runId"),
    attempt: readCount(fields, "attempt"),
    graceSeconds,
  };
}

/** What the code of a tick speaks with when it asks its deployment. */
export interface TickAccess {
  /** Null: the control plane is too old to have given one. */
  readonly token: string | null;
}

/** Reads the payload of an `evaluate_schedule` item. Throws PermanentWorkFailure naming the field that is wrong. */
export function parseEvaluateSchedule(payload: unknown): EvaluateScheduleWork & TickAccess {
  const fields = readObject(payload, "the payload");
  return {
    kind: "evaluate_schedule",
    locationName: readText(fields, "locationName"),
    scheduleName: readText(fields, "scheduleName"),
    scheduledAt: readText(fields, "scheduledAt"),
    lastTickAt: readOptionalText(fields, "lastTickAt"),
    token: readOptionalText(fields, "tickToken"),
  };
}

/** Reads the payload of an `evaluate_sensor` item. Throws PermanentWorkFailure naming the field that is wrong. */
export function parseEvaluateSensor(payload: unknown): EvaluateSensorWork & TickAccess {
  const fields = readObject(payload, "the payload");
  return {
    kind: "evaluate_sensor",
    locationName: readText(fields, "locationName"),
    sensorName: readText(fields, "sensorName"),
    cursor: readOptionalText(fields, "cursor"),
    timeoutSeconds: readSeconds(fields, "timeoutSeconds"),
    lastTickAt: readOptionalText(fields, "lastTickAt"),
    token: readOptionalText(fields, "tickToken"),
    events: read(() => parseSensedEvents(fields["events"])),
    eventCursor: readOptionalText(fields, "eventCursor"),
  };
}

function refusal(problem: string): PermanentWorkFailure {
  return new PermanentWorkFailure("bad_work_item", `This agent can't read the work item: ${problem}`);
}

function readObject(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refusal(`${what} must be an object`);
  return value as Fields;
}

function readText(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "")
    throw refusal(`\`${name}\` must be a text that is not empty`);
  return value;
}

function readOptionalText(fields: Fields, name: string): string | null {
  const value = fields[name] ?? null;
  if (value !== null && typeof value !== "string") throw refusal(`\`${name}\` must be a text or null`);
  return value;
}

/** A control plane that is too old to say leaves it out. */
function readSeconds(fields: Fields, name: string): number {
  const { [name]: value = DEFAULT_TICK_SECONDS } = fields;
  if (isSeconds(value) && value > 0) return value;
  throw refusal(`\`${name}\` must be a number of seconds above 0`);
}

function readCount(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1)
    throw refusal(`\`${name}\` must be a whole number from 1 on`);
  return value;
}
