import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { expect, onTestFinished, test } from "vitest";
import { rehearse } from "./rehearse.ts";

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-rehearse-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a rehearsal comes to its end and leaves nothing in the worker's folder", async () => {
  const folder = createFolder();

  const exitCode = await rehearse(folder, () => expect.unreachable());

  expect(exitCode).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

test("where the author traces, nobody hears of a rehearsal", async () => {
  const exporter = new InMemorySpanExporter();
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  onTestFinished(() => {
    trace.disable();
    context.disable();
  });

  await rehearse(createFolder(), () => expect.unreachable());
  const spansOfRehearsal = exporter.getFinishedSpans().map(({ name }) => name);
  trace.getTracer("author").startSpan("after it").end();

  expect(spansOfRehearsal).toEqual([]);
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["after it"]);
});
