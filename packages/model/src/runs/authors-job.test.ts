import { expect, test } from "vitest";
import { isAuthorsJob } from "./authors-job.ts";
import { ASSET_JOB } from "./run-spec.ts";

test("the job of a schedule that names assets is none of the author's", () => {
  expect([ASSET_JOB, "__weekly_crm", "daily_etl"].filter(isAuthorsJob)).toEqual(["daily_etl"]);
});
