import { startUserApi } from "@millrace/control-plane/testing/test-user-api";
import { expect, test } from "vitest";
import { runCommand } from "../testing/run-command.ts";

const { url, askFor } = await startUserApi();

/** What `millrace asset report …` prints; rejects with what it complains of. */
async function report(...words: string[]): Promise<string> {
  return (await runCommand(["asset", "report", ...words, "--url", url])).stdout;
}

test("an asset is reported with metadata as JSON or text, once for each key", async () => {
  const words = [
    "raw/orders",
    "--metadata",
    "rows=4",
    "from=erp",
    "--data-version",
    "v7",
    "--idempotency-key",
    "k",
  ];

  expect(await report(...words)).toBe("Reported raw/orders\n");
  expect(await report(...words)).toBe("Reported before: nothing has changed\n");

  const show = `{ asset(key: "raw/orders") { materializationCount latestMaterialization { metadata dataVersion } } }`;
  expect(await askFor(show)).toEqual({
    asset: {
      materializationCount: 1,
      latestMaterialization: {
        metadata: { rows: { type: "int", value: 4 }, from: { type: "text", text: "erp" } },
        dataVersion: "v7",
      },
    },
  });
});

test("a check is reported with what it found", async () => {
  await report("orders", "--check", "not_empty", "--failed", "--severity", "WARN");

  const show = `{ asset(key: "orders") { checks { latestEvaluation { passed severity } } } }`;
  expect(await askFor(show)).toEqual({
    asset: { checks: [{ latestEvaluation: { passed: false, severity: "WARN" } }] },
  });
});

test("what makes no sense, or is not there, is said", async () => {
  await expect(report("orders", "--check", "not_empty")).rejects.toThrow("Say with --passed or --failed");
  await expect(report("orders", "--passed")).rejects.toThrow("Name the check");
  await expect(report("nowhere")).rejects.toThrow('No code location defines asset "nowhere"');
});
