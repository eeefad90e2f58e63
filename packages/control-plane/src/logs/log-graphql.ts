import { BadRequest } from "../api/bad-request.ts";
import { builder, readLimit } from "../graphql/builder.ts";
import { RunNotFound } from "../runs/run-errors.ts";
import { RunType } from "../runs/run-graphql.ts";
import type { Run } from "../runs/run-store.ts";
import { findLogPage, type LogPage } from "./log-store.ts";
import { findOutputPlace, type OutputPlace } from "./output-place.ts";
import { searchLog, type LogMatch, type LogSearchPage } from "./search-log.ts";
import { findStepLogPage } from "./step-output.ts";

/** Every page of a log must hold a character. */
const MIN_LOG_BYTES = 4;
const MAX_LOG_BYTES = 4 * 1024 * 1024;
const MAX_MATCHES = 1_000;

const LogStreamType = builder.enumType("LogStream", {
  values: { STDOUT: { value: "stdout" }, STDERR: { value: "stderr" } } as const,
});

const LogPageType = builder.objectRef<LogPage>("LogPage").implement({
  access: "log.view",
  fields: (t) => ({
    text: t.exposeString("text", { description: "The bytes read as UTF-8." }),
    fromByte: t.exposeFloat("fromByte"),
    nextByte: t.exposeFloat("nextByte"),
    size: t.exposeFloat("size", { description: "Bytes stored so far." }),
  }),
});

const LogMatchType = builder.objectRef<LogMatch>("LogMatch").implement({
  access: "log.view",
  fields: (t) => ({
    fromByte: t.exposeFloat("fromByte", { description: "Where the line begins." }),
    lineNumber: t.exposeInt("lineNumber", {
      nullable: true,
      description: "From 1 on; null: it is not known how many lines are before it.",
    }),
    text: t.exposeString("text", {
      description: "The line, or a part of it around the text, without colours.",
    }),
  }),
});

const LogSearchPageType = builder.objectRef<LogSearchPage>("LogSearchPage").implement({
  access: "log.view",
  fields: (t) => ({
    matches: t.field({ type: [LogMatchType], resolve: ({ matches }) => [...matches] }),
    nextByte: t.exposeFloat("nextByte"),
    size: t.exposeFloat("size", { description: "Bytes stored so far." }),
  }),
});

const OutputPlaceType = builder.objectRef<OutputPlace>("OutputPlace").implement({
  access: "log.view",
  description: "Where in the user's environment output is: the control plane has never seen it.",
  fields: (t) => ({
    place: t.exposeString("place", { description: "Such as `s3://BUCKET/PREFIX`." }),
    link: t.exposeString("link", { nullable: true, description: "Where people see it." }),
  }),
});

builder.objectFields(RunType, (t) => ({
  outputPlace: t.field({
    type: OutputPlaceType,
    nullable: true,
    description: "Where the output is when it is not in `logs`; null: it is.",
    args: {
      attempt: t.arg.int({ description: "1 is the first worker's. Default: the newest attempt." }),
    },
    resolve: (run, { attempt }, { db }) =>
      findOutputPlace(db, {
        deploymentId: run.deploymentId,
        runId: run.id,
        attempt: readAttempt(run, attempt ?? run.attempt),
      }),
  }),
  logSearch: t.field({
    type: LogSearchPageType,
    description:
      "The lines with `text` in a part of what the worker wrote, upper and lower case alike; go on from `nextByte` until it is `size`.",
    args: {
      stream: t.arg({ type: LogStreamType, required: true }),
      text: t.arg.string({ required: true }),
      attempt: t.arg.int({ description: "1 is the first worker's. Default: the newest attempt." }),
      fromByte: t.arg.float({ required: true, defaultValue: 0 }),
      limit: t.arg.int({ required: true, defaultValue: 100 }),
    },
    resolve: (run, { stream, text, attempt, fromByte, limit }, context) => {
      if (text === "") throw new BadRequest("`text` must not be empty");
      return searchLog(context, {
        deploymentId: run.deploymentId,
        runId: run.id,
        attempt: readAttempt(run, attempt ?? run.attempt),
        stream,
        text,
        fromByte: readOffset(fromByte),
        maxMatches: readLimit(limit, MAX_MATCHES),
      });
    },
  }),
  logs: t.field({
    type: LogPageType,
    description:
      "What the worker wrote, or with `stepKey` only what that step did; go on from `nextByte` until it is `size`.",
    args: {
      stream: t.arg({ type: LogStreamType, required: true }),
      stepKey: t.arg.string(),
      attempt: t.arg.int({ description: "1 is the first worker's. Default: the newest attempt." }),
      fromByte: t.arg.float({ required: true, defaultValue: 0 }),
      maxBytes: t.arg.int({ required: true, defaultValue: 262_144 }),
    },
    resolve: (run, { stream, stepKey, attempt, fromByte, maxBytes }, context) => {
      const page = {
        deploymentId: run.deploymentId,
        runId: run.id,
        attempt: readAttempt(run, attempt ?? run.attempt),
        stream,
        fromByte: readOffset(fromByte),
        maxBytes: Math.min(MAX_LOG_BYTES, Math.max(MIN_LOG_BYTES, maxBytes)),
      };
      return stepKey == null ? findLogPage(context, page) : findStepLogPage(context, { ...page, stepKey });
    },
  }),
}));

/** @throws RunNotFound when the run has no such attempt. */
function readAttempt(run: Run, attempt: number): number {
  // A run that waits for its first attempt has written nothing yet.
  if (attempt === run.attempt || (attempt >= 1 && attempt < run.attempt)) return attempt;
  throw new RunNotFound(run.id, attempt);
}

function readOffset(fromByte: number): number {
  if (Number.isSafeInteger(fromByte) && fromByte >= 0) return fromByte;
  throw new BadRequest(`\`fromByte\` must be a whole number, 0 or more, not ${fromByte}`);
}
