import { createLogBucket } from "@millrace/control-plane/logs/storage/log-bucket";
import { testLogStorage } from "@millrace/control-plane/logs/storage/log-storage-suite";
import { findTestPython } from "millrace/internal/pipes/test-python";
import { afterAll, beforeAll, describe, vi } from "vitest";
import { MOTO, startTestS3, TEST_CREDENTIALS, type TestS3 } from "../../packages/io-s3/src/test-s3.ts";

const found = await findTestPython(...MOTO);
if ("missing" in found) console.warn(`Skipped: ${found.missing}`);

describe.skipIf("missing" in found)("a bucket of a server that speaks S3's protocol", () => {
  let server: TestS3;
  beforeAll(async () => {
    server = await startTestS3("python" in found ? found.python : "");
    vi.stubEnv("AWS_ENDPOINT_URL_S3", server.endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", TEST_CREDENTIALS.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", TEST_CREDENTIALS.secretAccessKey);
    await server.createBucket("output");
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server[Symbol.asyncDispose]();
  });

  testLogStorage(() => createLogBucket({ bucket: "output", prefix: "millrace/logs" }));
});
