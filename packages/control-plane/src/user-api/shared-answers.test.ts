import { expect, test } from "vitest";
import { systemClock } from "@millrace/model/time/clock";
import { topics } from "@millrace/model/topic";
import { listRuns } from "../runs/list-runs.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";
import { notifyChange } from "../wake/notify-change.ts";

/** Time stands still: no answer grows old. */
const { db, url } = await startUserApi({ clock: { ...systemClock, monotonic: () => 0 } });
const QUESTION = "query Settings { deployment { name queuedRuns } }";

/** Reads hints as a page does; `next` answers where the stream was at the next one. */
async function listen() {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: 'subscription { changes(topics: ["assets"]) { topic at } }' }),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  return {
    async next(): Promise<string> {
      for (let text = ""; ;) {
        text += (await reader?.read())?.value ?? "";
        const at = /"at":"([^"]+)"/.exec(text)?.[1];
        if (at !== undefined) return at;
      }
    },
    end: () => reader?.cancel(),
  };
}

async function ask(since: string | null, query = QUESTION, variables: object = {}): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(since === null ? {} : { "millrace-since": since }) },
    body: JSON.stringify({ query, variables }),
  });
  return response.text();
}

/** Changes what is answered without telling anybody: whoever sees it was not given another's answer. */
const rename = (name: string) =>
  db.updateTable("deployment").set({ name }).where("id", "=", TEST_DEPLOYMENT).execute();

test("who asks because of a hint gets the answer that another got after it; others get their own", async () => {
  const hints = await listen();
  await notifyChange(db, topics.assets(TEST_DEPLOYMENT));
  const first = await hints.next();
  await rename("one");
  expect(await ask(first)).toContain('"one"');

  await rename("two");
  expect(await ask(first)).toContain('"one"');
  expect(await ask(null)).toContain('"two"');
  expect(await ask("of another replica:9")).toContain('"two"');
  expect(await ask(first, `${QUESTION} `)).toContain('"two"');

  await notifyChange(db, topics.assets(TEST_DEPLOYMENT));
  expect(await ask(await hints.next())).toContain('"two"');
  await hints.end();
});

test("answers that failed, and mutations, are nobody else's", async () => {
  const hints = await listen();
  await notifyChange(db, topics.assets(TEST_DEPLOYMENT));
  const since = await hints.next();
  const failing = 'query { dynamicPartitions(name: "x", after: "no cursor") { cursor } }';
  expect(await ask(since, failing)).toContain("errors");
  expect(await ask(since, failing)).toContain("errors");

  const launch = `mutation { launchRun(input: { jobName: "hello" }) { __typename } }`;
  expect(await ask(since, launch)).toBe(await ask(since, launch));
  expect((await listRuns(db, TEST_DEPLOYMENT, {}, null, 10)).nodes).toHaveLength(2);
  await hints.end();
});
