import { expect, test } from "vitest";
import { asset } from "../../assets/asset.ts";
import { Failure, RetryRequested } from "../../context/failure.ts";
import { materialize } from "../../testing/execute.ts";

async function failWith(thrown: () => unknown) {
  const broken = asset("broken", () => {
    throw thrown();
  });
  const result = await materialize([broken], { throwOnFailure: false });
  const [failure] = result.eventsOf("STEP_FAILURE");
  return { result, failure };
}

test("a plain object that was thrown fails its step with what it says", async () => {
  const { failure } = await failWith(() => ({
    message: "duplicate key",
    detail: "Key (id)=(1)",
    code: "23505",
  }));

  expect(failure?.message).toBe("Step broken failed: duplicate key");
  expect(failure?.error).toMatchObject({ code: "23505", fields: { detail: "Key (id)=(1)" } });
});

test("an error without a message of its own fails its step with what its inner errors say", async () => {
  const refused = [new Error("ECONNREFUSED ::1:5432"), new Error("ECONNREFUSED 127.0.0.1:5432")];
  const { failure } = await failWith(() => new AggregateError(refused));

  expect(failure?.message).toBe("Step broken failed: ECONNREFUSED ::1:5432; ECONNREFUSED 127.0.0.1:5432");
  expect(failure?.error.errors).toHaveLength(2);
});

test("metadata of a failure that refers to itself, or can't be read, does not hide the failure", async () => {
  const circular: Record<string, unknown> = { text: "t" };
  circular["left"] = circular["right"] = [circular, circular];
  const unreadable = {
    get token(): never {
      throw new Error("no token");
    },
  };
  const metadata = { circular, unreadable, run: () => 1, found: new Map([["a", Number.NaN]]) };

  const { failure } = await failWith(() => new Failure("The file is empty", { metadata }));

  expect(failure?.error.message).toBe("The file is empty");
  expect(failure?.metadata).toMatchObject({
    circular: { type: "json" },
    unreadable: { type: "text" },
    run: { type: "text", text: "a function" },
    found: { type: "json", json: { a: "NaN" } },
  });
});

test.each([Number("Wed, 21 Oct 2026 07:28:00 GMT"), Infinity, -5, 1e300])(
  "a retry after %s seconds is refused where it is asked for",
  async (secondsToWait) => {
    const { failure } = await failWith(() => new RetryRequested("429", { maxRetries: 3, secondsToWait }));

    expect(failure?.error.message).toContain("secondsToWait must be a number of seconds, 0 or more");
  },
);

test("a wait that makes no sense, from an error that another copy of the package made, is none", async () => {
  let calls = 0;
  const limited = asset("limited", () => {
    if (++calls < 2) {
      const foreign = { kind: "retry_requested", maxRetries: 1, secondsToWait: Number.NaN };
      throw Object.assign(new Error("429"), { [Symbol.for("millrace.failure")]: foreign });
    }
  });

  const result = await materialize([limited]);

  expect(result.eventsOf("STEP_UP_FOR_RETRY")).toMatchObject([{ delaySeconds: 0 }]);
});

test.each([30 * 86_400, Number.MAX_SAFE_INTEGER, Infinity])(
  "a step that may take %d seconds is not over at once",
  async (timeoutSeconds) => {
    const slow = asset("slow", { timeoutSeconds }, async () => new Promise((done) => setTimeout(done, 30)));

    expect((await materialize([slow], { throwOnFailure: false })).outcome).toBe("SUCCESS");
  },
);
