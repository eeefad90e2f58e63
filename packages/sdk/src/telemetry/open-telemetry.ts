import { systemClock } from "@millrace/model/time/clock";
import { within } from "@millrace/model/waiting/within";
/**
 * OpenTelemetry as far as the user's code has switched it on. Every copy of `@opentelemetry/api` 1.x registers itself under
 * one global symbol, so that spans meet whichever copy a library has. We look there instead of importing a copy of our own:
 * nothing to install, nothing to resolve, and no cost for whoever has no tracing.
 */
const REGISTRY = Symbol.for("opentelemetry.js.api.1");
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");
/** In whose presence OpenTelemetry's own tracers record nothing. */
const SUPPRESS_KEY = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const STATUS_ERROR = 2;
const TRACER = "millrace";

/** What a span says of itself, each value as OpenTelemetry takes it. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
  readonly traceState?: { serialize(): string };
}

interface Span {
  spanContext(): SpanContext;
  recordException(error: unknown): void;
  setStatus(status: { readonly code: number; readonly message: string }): void;
  end(): void;
}

interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
}

interface OpenTelemetry {
  readonly trace: {
    getTracer(name: string): {
      startSpan(name: string, options: { readonly attributes: SpanAttributes }, context: Context): Span;
    };
    getDelegate?(): { forceFlush?(): Promise<void> };
  };
  readonly context: {
    active(): Context;
    with<T>(context: Context, code: () => T): T;
  };
}

/** What is registered at this moment; null unless there are both spans and a way to pass them on. */
function findOpenTelemetry(): OpenTelemetry | null {
  const registry = (globalThis as { readonly [REGISTRY]?: Partial<OpenTelemetry> })[REGISTRY];
  return registry?.trace && registry.context ? (registry as OpenTelemetry) : null;
}

/** A span to end, and how its work went. */
export interface SpanOptions<T> {
  readonly name: string;
  readonly attributes: SpanAttributes;
  /** Where the work belongs when it is in no span of this process: a `traceparent` of W3C Trace Context, or null. */
  readonly traceParent: string | null;
  /** What is wrong with a result that stands for a failure; null for any other. */
  readonly explainFailure?: (result: T) => string | null;
}

/**
 * Does work in a span of its own, of which spans that user code begins are children; only does the work when tracing is off.
 * The span of work that rejects has the error and its status.
 */
export async function runInSpan<T>(options: SpanOptions<T>, work: () => Promise<T>): Promise<T> {
  const telemetry = findOpenTelemetry();
  if (telemetry === null) return work();
  const { name, attributes, traceParent, explainFailure } = options;
  const { context, trace } = telemetry;
  const parent = withRemoteParent(context.active(), traceParent);
  const span = trace.getTracer(TRACER).startSpan(name, { attributes }, parent);
  try {
    const result = await context.with(parent.setValue(SPAN_KEY, span), work);
    const failure = explainFailure?.(result) ?? null;
    if (failure !== null) span.setStatus({ code: STATUS_ERROR, message: failure });
    return result;
  } catch (error) {
    span.recordException(error);
    span.setStatus({ code: STATUS_ERROR, message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    span.end();
  }
}

/** Does work of which nothing is traced: no span that begins in it reaches an exporter. */
export function runWithoutSpans<T>(work: () => Promise<T>): Promise<T> {
  const telemetry = findOpenTelemetry();
  if (telemetry === null) return work();
  const { context } = telemetry;
  return context.with(context.active().setValue(SUPPRESS_KEY, true), work);
}

/** The span that code runs in, as the `traceparent` of W3C Trace Context; null outside of spans or without tracing. */
export function findTraceParent(): string | null {
  const active = findSpanContext();
  if (active === null || /^0+$/.test(active.traceId)) return null;
  return `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, "0")}`;
}

/** The environment variables that tell a process which span it belongs to; none outside of spans or without tracing. */
export function traceEnvironment(): Readonly<Record<string, string>> {
  const traceParent = findTraceParent();
  if (traceParent === null) return {};
  const traceState = findSpanContext()?.traceState?.serialize() ?? "";
  return { TRACEPARENT: traceParent, ...(traceState === "" ? {} : { TRACESTATE: traceState }) };
}

/**
 * Hands the spans that are still held back to their exporter: the process is about to end.
 *
 * @param timeoutMs how long that may take.
 */
export async function flushSpans(timeoutMs: number): Promise<void> {
  const provider = findOpenTelemetry()?.trace.getDelegate?.();
  if (!provider?.forceFlush) return;
  // An exporter that fails has said so in its own log; the run is not to suffer from it.
  await within(
    systemClock,
    timeoutMs,
    provider.forceFlush().catch(() => {}),
  );
}

function findSpanContext(): SpanContext | null {
  const span = findOpenTelemetry()?.context.active().getValue(SPAN_KEY) as Span | undefined;
  return span?.spanContext() ?? null;
}

function withRemoteParent(context: Context, traceParent: string | null): Context {
  if (context.getValue(SPAN_KEY) !== undefined) return context;
  const parts = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceParent ?? "");
  if (!parts) return context;
  const [, traceId = "", spanId = "", flags = ""] = parts;
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return context.setValue(SPAN_KEY, {
    spanContext: () => remote,
    recordException() {},
    setStatus() {},
    end() {},
  } satisfies Span);
}
