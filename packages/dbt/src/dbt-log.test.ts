import { expect, test } from "vitest";
import { parseLogLine } from "./dbt-log.ts";

test("a node's end is read with what the adapter says of it", () => {
  const line = JSON.stringify({
    info: { name: "NodeFinished", level: "debug", msg: "Finished running node seed.shop.products" },
    data: {
      node_info: { unique_id: "seed.shop.products", resource_type: "seed" },
      run_result: {
        status: "success",
        message: "INSERT 3",
        execution_time: 0.2,
        num_failures: 0,
        adapter_response: { _message: "INSERT 3", rows_affected: 3 },
      },
    },
  });

  expect(parseLogLine(line)).toEqual({
    level: "debug",
    message: "Finished running node seed.shop.products",
    finished: {
      id: "seed.shop.products",
      status: "success",
      message: "INSERT 3",
      seconds: 0.2,
      failures: 0,
      response: { _message: "INSERT 3", rows_affected: 3 },
    },
  });
});

test("warnings are told as such, and lines of anything else not at all", () => {
  expect(
    parseLogLine(`{"info":{"name":"LogTestResult","level":"warn","msg":"WARN 1 accepted_values"},"data":{}}`),
  ).toEqual({ level: "warning", message: "WARN 1 accepted_values", finished: null });
  expect(parseLogLine("Traceback (most recent call last):")).toBeNull();
  expect(parseLogLine(`{"event":"other"}`)).toBeNull();
});
