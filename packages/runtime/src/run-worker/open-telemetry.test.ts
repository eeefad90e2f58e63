import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import type { Attributes, SpanStatus } from "@opentelemetry/api";
import type { TimedEvent } from "@opentelemetry/sdk-trace-node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { createTestProject, type TestProject } from "../testing/test-project.ts";
import { startTestWorker } from "../testing/test-worker.ts";

// Tracing as users set it up, with OpenTelemetry's own packages; ended spans go to a file in batches.
const TRACING = `
import { appendFileSync } from "node:fs";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const exporter = {
  export(spans, done) {
    for (const span of spans) {
      const { name, attributes, status, events, parentSpanContext } = span;
      const line = { name, attributes, status, events, parent: parentSpanContext?.spanId ?? null, ...span.spanContext(), pid: process.pid };
      appendFileSync(import.meta.dirname + "/spans.jsonl", JSON.stringify(line) + "\\n");
    }
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
};
new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).register();
`;
const DEFINITIONS = `
import "./tracing.ts";
import { trace } from "@opentelemetry/api";
import { asset, definitions, job, op, processExecutor, runSubprocess, staticPartitions } from "millrace";

const tracer = trace.getTracer("shop");
const orders = asset("orders", { partitions: staticPartitions(["de", "fr"]) }, () =>
  tracer.startActiveSpan("query", async (span) => { await Promise.resolve(); span.end(); return 1; }));
const side = (name: string) => op(name, async () => {
  for (let index = 0; index < 3; index++) {
    await new Promise((resolve) => setImmediate(resolve));
    tracer.startSpan(name + " " + index).end();
  }
});
const [left, right] = [side("left"), side("right")];
let attempts = 0;
const flaky = op("flaky", { retryPolicy: { maxRetries: 1 } }, () => { throw new Error("attempt " + ++attempts + " broke"); });
const scripted = op("scripted", (context) => runSubprocess(context, { command: ["sh", "-c", "echo $TRACEPARENT"] }).then(() => {}));

export const all = definitions({
  assets: [orders],
  jobs: [
    job("partitioned", { selection: [orders] }),
    job("both", () => { left(); right(); }),
    job("isolated", { executor: processExecutor() }, () => { left(); right(); }),
    job("flaky_job", () => { flaky(); }),
    job("scripts", () => { scripted(); }),
  ],
});
`;

let project: TestProject;
let api: FakeAgentApi;
beforeAll(() => {
  project = createTestProject({ "defs.ts": DEFINITIONS, "tracing.ts": TRACING });
});
afterAll(() => project[Symbol.dispose]());
beforeEach(async () => {
  api = await startFakeAgentApi();
});
afterEach(() => api[Symbol.asyncDispose]());

interface Span {
  readonly name: string;
  readonly attributes: Attributes;
  readonly status: SpanStatus;
  readonly events: readonly TimedEvent[];
  readonly parent: string | null;
  readonly traceId: string;
  readonly spanId: string;
  readonly pid: number;
}

const ERROR = 2;

/** Runs a job in a worker; gives the spans that reached the exporter before the worker ended, and what it printed. */
async function trace(job: string, partitionKey: string | null = null) {
  const worker = await startTestWorker(project, api.url, job);
  onTestFinished(() => worker[Symbol.dispose]());
  await worker.standingBy;
  await worker.execute({ partitionKey });
  expect(await worker.ended).toEqual({ code: 0, signal: null });
  const file = join(project.folder, "spans.jsonl");
  const spans = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Span);
  rmSync(file);
  const spanNamed = (name: string): Span => {
    const span = spans.find((candidate) => candidate.name === name);
    if (!span) throw new Error(`There is no span "${name}" among ${spans.map((one) => one.name).join(", ")}`);
    return span;
  };
  return { spans, spanNamed, worker };
}

test("a run and its steps are spans, and what user code traces lies inside its step", async () => {
  const { spans, spanNamed } = await trace("partitioned", "de");

  expect(spans.map(({ name }) => name)).toEqual(["query", "step orders", "run partitioned"]);
  const [step, run] = [spanNamed("step orders"), spanNamed("run partitioned")];
  expect(spanNamed("query").parent).toBe(step.spanId);
  expect(step.parent).toBe(run.spanId);
  expect(run.parent).toBeNull();
  const ofRun = {
    "millrace.run.id": "run-1",
    "millrace.job.name": "partitioned",
    "millrace.partition.key": "de",
  };
  expect(run.attributes).toEqual(ofRun);
  expect(step.attributes).toEqual({
    ...ofRun,
    "millrace.step.key": "orders",
    "millrace.step.attempt": 1,
    "millrace.asset.keys": ["orders"],
  });
  expect(spans.map(({ status }) => status.code)).not.toContain(ERROR);
});

test("each failed attempt of a step is a span with its error, and the run's span says that it failed", async () => {
  const { spans, spanNamed } = await trace("flaky_job");

  const failed = spans.filter(({ name }) => name === "step flaky");
  expect(failed).toMatchObject(
    [1, 2].map((attempt) => ({
      status: { code: ERROR, message: `attempt ${attempt} broke` },
      attributes: { "millrace.step.attempt": attempt },
      events: [{ name: "exception", attributes: { "exception.message": `attempt ${attempt} broke` } }],
    })),
  );
  expect(spanNamed("run flaky_job").status.code).toBe(ERROR);
});

test.each(["both", "isolated"])("steps side by side keep their spans apart: %s", async (job) => {
  const { spanNamed, spans } = await trace(job);

  for (const name of ["left", "right"]) {
    const step = spanNamed(`step ${name}`);
    expect(step.parent).toBe(spanNamed(`run ${job}`).spanId);
    for (const index of [0, 1, 2]) expect(spanNamed(`${name} ${index}`).parent).toBe(step.spanId);
  }
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(new Set(spans.map(({ pid }) => pid)).size).toBe(job === "isolated" ? 3 : 1);
});

test("a script on Pipes finds its step's span in TRACEPARENT", async () => {
  const { spanNamed, worker } = await trace("scripts");

  const { traceId, spanId } = spanNamed("step scripted");
  expect(worker.output("stdout").trim()).toBe(`00-${traceId}-${spanId}-01`);
});
