import { expect, test } from "vitest";
import { DESKTOP } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const scene = setProjectScene(
  "patience",
  `
  import { definitions, job, op } from "millrace";

  const first = op("first", () => 1);
  const patient = op("patient", async (context, _value: number) => { await context.sleep(3_600); });
  export const defs = definitions({ jobs: [job("sleeps", () => { patient(first()); })] });
`,
);

test("a run that waits says so, until when it does, and is canceled from its page", async () => {
  const id = await scene.stack.launch({ jobName: "sleeps" });
  const run = await scene.stack.awaitRun(id, ({ events }) =>
    events.nodes.some(({ type }) => type === "RUN_SUSPENDED"),
  );
  const waiting = run.events.nodes.find(({ type }) => type === "STEP_WAITING");
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/runs");
  await page.getByText("Waiting").waitFor();

  await page.getByRole("link", { name: `Run ${id}` }).click();

  await page.getByText(/^Goes on in (59|60) min$|^Goes on in 1 h$/).waitFor();
  const step = page.getByRole("button", { name: /^Step patient: Waiting, waits until / });
  await step.waitFor();
  const until = new Date(Number(waiting?.event["until"])).toISOString();
  await page
    .getByRole("status", { name: "What the run waits for" })
    .getByText(`Steps of the run wait until ${until}`)
    .waitFor();
  await page.getByRole("button", { name: "Terminate" }).click();
  await page.getByText("It waits without a worker; it will be canceled at once.").waitFor();
  await page.getByRole("button", { name: "Terminate run" }).click();
  await page.getByText("Canceled while it waited").waitFor();
  expect(errors).toEqual([]);
});
