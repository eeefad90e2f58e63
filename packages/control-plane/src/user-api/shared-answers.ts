import type { DocumentNode, ExecutionResult } from "graphql";
import type { Plugin, YogaInitialContext } from "graphql-yoga";
import type { ServerContext } from "../context/server-context.ts";
import type { UserContext } from "../graphql/context.ts";

/** The header by which a reader says which hint made it ask: `at` of that `Change`. */
export const SINCE_HEADER = "millrace-since";

/** An answer is given to others for so long after it was begun: what is not told by hints, such as ages, is that old at most. */
const KEPT_MS = 2_000;
/** Answers kept at most, the oldest dropped first. */
const MAX_ANSWERS = 100;

/** Answers one question of many readers once. */
export interface SharedAnswers {
  /** Where the stream of hints is now: a reader that asks because of a hint repeats it. */
  moment(): string;
  readonly plugin: Plugin;
}

interface Answer {
  /** Hints that had come when it was begun: it tells of all that they told of. */
  readonly hints: number;
  readonly begunAt: number;
  /** Null: it is not for others, as it failed. */
  readonly result: Promise<ExecutionResult | null>;
}

/**
 * When something changes, every page that shows it asks the same. Who says which hint made it ask gets the answer that was begun for
 * another reader after that hint, as text; who says nothing gets an answer of its own.
 */
export function createSharedAnswers({ bus, clock, ids }: ServerContext): SharedAnswers {
  // Hints of another replica are counted there.
  const process = ids.newId();
  const answers = new Map<string, Answer>();

  function keep(name: string, answer: Answer): void {
    answers.delete(name);
    answers.set(name, answer);
    for (const [oldest, { begunAt }] of answers) {
      if (answers.size <= MAX_ANSWERS && clock.monotonic() - begunAt <= KEPT_MS) break;
      answers.delete(oldest);
    }
  }

  function find(name: string, since: number): Answer | undefined {
    const answer = answers.get(name);
    const isGood =
      answer !== undefined && answer.hints >= since && clock.monotonic() - answer.begunAt <= KEPT_MS;
    return isGood ? answer : undefined;
  }

  const plugin: Plugin = {
    async onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
      const context = args.contextValue as UserContext & YogaInitialContext;
      const since = readMoment(context.request.headers.get(SINCE_HEADER), process);
      const { definitions } = args.document as DocumentNode;
      const isQuery = definitions.every(
        (definition) => definition.kind !== "OperationDefinition" || definition.operation === "query",
      );
      if (since === null || !isQuery) return;
      const { query, variables, operationName } = context.params;
      const name = JSON.stringify([context.deploymentId, context.viewer, query, variables, operationName]);
      const known = await find(name, since)?.result;
      if (known) {
        setResultAndStopExecution(known);
        return;
      }
      const { promise, resolve } = Promise.withResolvers<ExecutionResult | null>();
      keep(name, { hints: bus.countHints(), begunAt: clock.monotonic(), result: promise });
      setExecuteFn(async (input) => {
        try {
          const result = toShared((await executeFn(input)) as ExecutionResult);
          resolve(result.errors ? null : result);
          return result;
        } finally {
          resolve(null);
        }
      });
    },
  };
  return { moment: () => `${process}:${bus.countHints()}`, plugin };
}

/** The number of hints in a moment of this process; null for none, or one of another process. */
function readMoment(text: string | null, process: string): number | null {
  const [ofProcess, hints] = text?.split(":") ?? [];
  return ofProcess === process && hints !== undefined && /^\d{1,15}$/.test(hints) ? Number(hints) : null;
}

/** A result that becomes text once, however often it is sent. */
function toShared(result: ExecutionResult): ExecutionResult {
  if (result.errors) return result;
  let text: string | undefined;
  return Object.assign(result, { stringify: (value: ExecutionResult) => (text ??= JSON.stringify(value)) });
}
