import { expect, test } from "vitest";
import { startUserApi } from "../../testing/test-user-api.ts";

const api = await startUserApi();
const ask = (args: string) =>
  api.askFor(
    `{ launchDescription(${args}) { __typename ... on LaunchDescription { locationName jobName configSchema defaultConfig partitions } ... on UnknownDefinition { message } } }`,
  );

test("a job says which config and partitions a launch of it takes", async () => {
  expect(await ask(`jobName: "hello"`)).toEqual({
    launchDescription: {
      __typename: "LaunchDescription",
      locationName: "shop",
      jobName: "hello",
      configSchema: expect.objectContaining({ required: ["ops"] }),
      defaultConfig: { ops: { greet: { config: { year: 2001 } } } },
      partitions: [],
    },
  });
});

test("so do assets without a job", async () => {
  expect(await ask(`assetSelection: ["daily_orders"]`)).toMatchObject({
    launchDescription: { jobName: "__ASSET_JOB", partitions: [expect.objectContaining({ type: "static" })] },
  });
});

test("what is not there is an answer, not a failure", async () => {
  expect(await ask(`assetSelection: ["daily_odrers"]`)).toEqual({
    launchDescription: {
      __typename: "UnknownDefinition",
      message: expect.stringContaining("daily_odrers"),
    },
  });
});
