import { expect, test } from "vitest";
import { parseSettingsInput } from "../deployments/settings.ts";
import { chooseRetryStrategy, decideRunRetry, requireRetryTags } from "./retry-rule.ts";

const thrice = parseSettingsInput({
  max_run_retries: 3,
  run_retry_delay_seconds: 10,
  run_retry_max_delay_seconds: 25,
});

test("a run is tried again as often as the deployment says, each time after twice the pause, up to the longest", () => {
  const decisions = [undefined, "1", "2", "3"].map((number) =>
    decideRunRetry(number === undefined ? {} : { "millrace/retry_number": number }, thrice, "STEP_FAILURE"),
  );

  expect(decisions).toEqual([
    { number: 1, limit: 3, delaySeconds: 10 },
    { number: 2, limit: 3, delaySeconds: 20 },
    { number: 3, limit: 3, delaySeconds: 25 },
    null,
  ]);
});

test("its tags say more than the deployment", () => {
  const never = parseSettingsInput({});

  expect(decideRunRetry({ "millrace/max_retries": "1" }, never, "WORKER_DIED")).toMatchObject({ limit: 1 });
  expect(decideRunRetry({ "millrace/max_retries": "0" }, thrice, "WORKER_DIED")).toBeNull();
  expect(chooseRetryStrategy({ "millrace/retry_strategy": "all_steps" }, thrice)).toBe("all_steps");
  expect(chooseRetryStrategy({}, thrice)).toBe("from_failure");
});

test("steps that fail may be left out, by the deployment or by a tag", () => {
  const onlyCrashes = { ...thrice, retryOnAssetOrOpFailure: false };
  const asked = { "millrace/retry_on_asset_or_op_failure": "true" };

  expect(decideRunRetry({}, onlyCrashes, "STEP_FAILURE")).toBeNull();
  expect(decideRunRetry({}, onlyCrashes, "WORKER_DIED")).not.toBeNull();
  expect(decideRunRetry(asked, onlyCrashes, "STEP_FAILURE")).not.toBeNull();
});

test.each([
  [
    { "millrace/max_retries": "twice" },
    'Tag `millrace/max_retries` must be a whole number, 0 or more, not "twice"',
  ],
  [{ "millrace/retry_strategy": "some" }, "Tag `millrace/retry_strategy` must be from_failure or all_steps"],
  [{ "millrace/retry_on_asset_or_op_failure": "1" }, "must be true or false"],
])("%j is refused", (tags, message) => {
  expect(() => requireRetryTags(tags)).toThrow(message);
});
