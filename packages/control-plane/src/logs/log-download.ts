import { LOG_STREAMS } from "@millrace/model/worker-streams";
import type { FastifyRequest } from "fastify";
import { requireAllowed } from "../access/guard-user-api.ts";
import { BadRequest } from "../api/bad-request.ts";
import type { UserContext } from "../graphql/context.ts";
import type { Download } from "../http/download.ts";
import { RunNotFound } from "../runs/run-errors.ts";
import { findRun } from "../runs/run-store.ts";
import { findOutputPlace, OutputElsewhere } from "./output-place.ts";
import { measureLog, readLogBytes, type LogContext, type LogOfAttempt } from "./read-log.ts";

const PART_BYTES = 1024 * 1024;

/**
 * `GET /output/RUN/ATTEMPT/STREAM`, and `/d/NAME/output/…` for a deployment: all that an attempt has written to stdout or stderr so far,
 * byte for byte.
 *
 * @param admit finds out who asks, about which deployment.
 */
export function createLogDownload(
  admit: (request: FastifyRequest) => Promise<(signal: AbortSignal) => UserContext>,
): Download {
  return {
    urls: ["/output/:run/:attempt/:stream", "/d/:deployment/output/:run/:attempt/:stream"],
    async open(request) {
      const context = (await admit(request))(new AbortController().signal);
      requireAllowed(context.viewer, "log.view", context);
      const log = await readLog(context, request.params as Readonly<Record<string, string>>);
      const elsewhere = await findOutputPlace(context.db, log);
      if (elsewhere !== null) throw new OutputElsewhere(elsewhere.place);
      return { name: `${log.runId}-${log.attempt}.${log.stream}.txt`, bytes: readParts(context, log) };
    },
  };
}

/** @throws BadRequest, RunNotFound */
async function readLog(
  { db, deploymentId }: UserContext,
  { run: runId = "", attempt = "", stream: name = "" }: Readonly<Record<string, string>>,
): Promise<LogOfAttempt> {
  const stream = LOG_STREAMS.find((known) => known === name);
  if (stream === undefined) throw new BadRequest(`The stream must be ${LOG_STREAMS.join(" or ")}`);
  const run = await findRun(db, deploymentId, runId);
  const number = Number(attempt);
  if (run === null || !Number.isInteger(number) || number < 1 || number > run.attempt)
    throw new RunNotFound(runId, number);
  return { deploymentId, runId, attempt: number, stream };
}

async function* readParts(context: LogContext, log: LogOfAttempt): AsyncGenerator<Buffer> {
  const { size } = await measureLog(context.db, log);
  for (let next = 0; next < size;) {
    const { start, bytes } = await readLogBytes(context, log, next, Math.min(size, next + PART_BYTES));
    yield bytes;
    next = start + bytes.length;
  }
}
