import { isDeeperThan, MAX_JSON_DEPTH, MAX_NAME_BYTES, utf8Length } from "./text-limits.ts";
import { ExpectedError } from "./expected-error.ts";
import { LOG_LEVELS, type RunEvent, type RunEventType, type UnknownEvent } from "./run-event.ts";
import { RUN_FAILURE_REASONS } from "./run-failure.ts";

/** An event that is not what its type promises; `field` says where, such as `metadata.rows.type`. */
export class InvalidRunEvent extends ExpectedError {
  readonly code = "invalid_run_event";
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`\`${field}\` ${problem}`);
    this.field = field;
  }
}

/** The last instant that fits: the end of the year 9999, in milliseconds since the epoch. */
const LAST_INSTANT = 253_402_300_799_999;

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown, field: string) => void;

/**
 * Reads one event from untrusted JSON. The value itself is given back, so fields that this version does not know are kept;
 * an event of an unknown type comes back as it is, as an `UnknownEvent`.
 *
 * @throws InvalidRunEvent naming the field that is missing or of the wrong type.
 */
export function parseRunEvent(value: unknown): RunEvent | UnknownEvent {
  const fields = fieldsOf(value, "event");
  if (isDeeperThan(value, MAX_JSON_DEPTH))
    throw new InvalidRunEvent("event", `has more than ${MAX_JSON_DEPTH} levels of lists and objects`);
  text(fields["type"], "type");
  instant(fields["timestamp"], "timestamp");
  text(fields["message"], "message");
  optionalText(fields["stepKey"] ?? null, "stepKey");
  const checks = CHECKS[fields["type"] as RunEventType] as Readonly<Record<string, Check>> | undefined;
  if (checks === undefined || !Object.hasOwn(CHECKS, fields["type"] as string)) return value as UnknownEvent;
  for (const [field, check] of Object.entries(checks)) check(fields[field], field);
  return value as RunEvent;
}

/** Whether this version knows the type of the event. */
export function isKnownEvent(event: RunEvent | UnknownEvent): event is RunEvent {
  return Object.hasOwn(CHECKS, event.type);
}

const text: Check = (value, field) => {
  if (typeof value !== "string") throw new InvalidRunEvent(field, `must be text, not ${nameOf(value)}`);
};

/** What names something stands in indexes of the database, which have a limit. */
const name: Check = (value, field) => {
  text(value, field);
  const bytes = utf8Length(value as string);
  if (bytes > MAX_NAME_BYTES)
    throw new InvalidRunEvent(field, `has ${bytes} bytes; ${MAX_NAME_BYTES} are possible`);
};

const optionalName: Check = (value, field) => {
  if (value !== null) name(value, field);
};

const optionalText: Check = (value, field) => {
  if (value !== null) text(value, field);
};

const absentOrText: Check = (value, field) => optionalText(value ?? null, field);

const flag: Check = (value, field) => {
  if (typeof value !== "boolean")
    throw new InvalidRunEvent(field, `must be true or false, not ${nameOf(value)}`);
};

const amount: Check = (value, field) => {
  if (typeof value !== "number" || !(value >= 0 && value < Infinity)) {
    throw new InvalidRunEvent(field, `must be a number that is not negative, not ${nameOf(value)}`);
  }
};

const optionalAmount: Check = (value, field) => {
  if (value !== undefined) amount(value, field);
};

const instant: Check = (value, field) => {
  if (typeof value !== "number" || !(value >= 0 && value <= LAST_INSTANT)) {
    throw new InvalidRunEvent(field, `must be milliseconds since the epoch, not ${nameOf(value)}`);
  }
};

const texts: Check = (value, field) => {
  if (!Array.isArray(value))
    throw new InvalidRunEvent(field, `must be a list of texts, not ${nameOf(value)}`);
  value.forEach((item, index) => text(item, `${field}[${index}]`));
};

const textByName: Check = (value, field) => {
  for (const [name, item] of Object.entries(fieldsOf(value, field))) text(item, `${field}.${name}`);
};

const waits: Check = (value, field) => {
  for (const [name, item] of Object.entries(fieldsOf(value, field))) {
    const { since, until } = fieldsOf(item, `${field}.${name}`);
    instant(since, `${field}.${name}.since`);
    instant(until, `${field}.${name}.until`);
  }
};

/** Types of metadata values may be newer than this version: only the tag is checked. */
const metadata: Check = (value, field) => {
  for (const [name, item] of Object.entries(fieldsOf(value, field))) {
    text(fieldsOf(item, `${field}.${name}`)["type"], `${field}.${name}.type`);
  }
};

const error: Check = (value, field) => {
  const fields = fieldsOf(value, field);
  text(fields["name"], `${field}.name`);
  text(fields["message"], `${field}.message`);
  optionalText(fields["stack"] ?? null, `${field}.stack`);
  optionalError(fields["cause"] ?? null, `${field}.cause`);
  errors(fields["errors"] ?? [], `${field}.errors`);
  textByName(fields["fields"] ?? {}, `${field}.fields`);
};

const errors: Check = (value, field) => {
  if (!Array.isArray(value))
    throw new InvalidRunEvent(field, `must be a list of errors, not ${nameOf(value)}`);
  value.forEach((item, index) => error(item, `${field}[${index}]`));
};

const optionalError: Check = (value, field) => {
  if (value !== null) error(value, field);
};

const optionalProvenance: Check = (value, field) => {
  if (value === undefined || value === null) return;
  const fields = fieldsOf(value, field);
  text(fields["codeVersion"], `${field}.codeVersion`);
  textByName(fields["inputDataVersions"], `${field}.inputDataVersions`);
  flag(fields["isUserProvided"], `${field}.isUserProvided`);
};

function oneOf(words: readonly string[]): Check {
  return (value, field) => {
    if (typeof value !== "string" || !words.includes(value)) {
      throw new InvalidRunEvent(field, `must be one of ${words.join(", ")}, not ${nameOf(value)}`);
    }
  };
}

const optionalFlag: Check = (value, field) => {
  if (value !== undefined) flag(value, field);
};

const asset = {
  stepKey: text,
  assetKey: name,
  partition: optionalName,
  metadata,
  isReported: optionalFlag,
};
const assetEvent = {
  ...asset,
  tags: textByName,
  dataVersion: optionalText,
  provenance: optionalProvenance,
  description: absentOrText,
};

const optionalReason: Check = (value, field) => {
  if (value !== undefined) oneOf(RUN_FAILURE_REASONS)(value, field);
};

/** What the fields of each type must be, besides those that every event has. */
const CHECKS: Readonly<Record<RunEventType, Readonly<Record<string, Check>>>> = {
  RUN_ENQUEUED: {},
  RUN_STARTING: {},
  RUN_START: {},
  RUN_SUCCESS: {},
  RUN_CANCELING: { reason: optionalReason },
  RUN_CANCELED: {},
  RUN_WORKER_UNREACHABLE: {},
  RUN_WORKER_RETURNED: {},
  RUN_SUSPENDED: { until: instant },
  RUN_RESUMED: {},
  RUN_FAILURE: { reason: oneOf(RUN_FAILURE_REASONS), error: optionalError },
  ENGINE_EVENT: { stepKey: optionalText, error: optionalError, metadata },
  LOG: { stepKey: optionalText, level: oneOf(LOG_LEVELS), truncatedBytes: optionalAmount },
  LOGS_CAPTURED: { stepKeys: texts },
  STEP_START: { stepKey: text, attempt: amount },
  STEP_RESTARTED: { stepKey: text, attempt: amount },
  STEP_SUCCESS: { stepKey: text, durationMs: amount },
  STEP_SKIPPED: { stepKey: text },
  STEP_FAILURE: { stepKey: text, error, metadata },
  STEP_UP_FOR_RETRY: { stepKey: text, error, delaySeconds: amount, attempt: amount },
  STEP_WAITING: { stepKey: text, until: instant, waits },
  STEP_RESUMED: { stepKey: text, attempt: amount },
  STEP_STATE: { stepKey: text, partition: optionalName, name },
  STEP_OUTPUT: { stepKey: text, outputName: text, mappingKey: optionalText, metadata },
  LOADED_INPUT: { stepKey: text, inputName: text, metadata },
  HANDLED_OUTPUT: { stepKey: text, outputName: text, metadata },
  RESOURCE_INIT_STARTED: { resource: text, stepKey: optionalText },
  RESOURCE_INIT_SUCCESS: { resource: text, stepKey: optionalText },
  RESOURCE_INIT_FAILURE: { resource: text, stepKey: optionalText, error },
  HOOK_COMPLETED: { stepKey: text, hookName: text },
  HOOK_ERRORED: { stepKey: text, hookName: text, error },
  ASSET_MATERIALIZATION: assetEvent,
  ASSET_OBSERVATION: assetEvent,
  ASSET_CHECK_EVALUATION: {
    ...asset,
    checkName: name,
    passed: flag,
    severity: oneOf(["WARN", "ERROR"]),
    blocking: flag,
  },
};

function fieldsOf(value: unknown, field: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidRunEvent(field, `must be an object, not ${nameOf(value)}`);
  }
  return value as Fields;
}

function nameOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}
