import { asset, definitions, externalAsset, job, staticPartitions } from "millrace";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { createClient, type Client } from "./client.ts";

const shops = staticPartitions(["berlin", "paris"]);
const orders = asset(
  "raw/orders",
  { config: z.object({ year: z.int(), all: z.boolean().default(true) }) },
  () => 1,
);
const sales = asset("sales", { partitions: shops, deps: [] }, () => 2);
const shop = definitions({
  assets: [orders, sales],
  jobs: [job("nightly", { selection: [sales] }), job("ping", () => {})],
});

/** What is checked here is what the compiler says: nothing is asked. */
function neverCalled(client: Client<typeof shop>, open: Client): void {
  void client.launch("nightly", { partitionKey: "berlin", tags: { team: "shop" } });
  void client.launch("nightly", { partitionRange: { start: "berlin", end: "paris" } });
  // @ts-expect-error -- there is no such job
  void client.launch("nightli");
  // @ts-expect-error -- there is no such partition
  void client.launch("nightly", { partitionKey: "rome" });
  // @ts-expect-error -- the job has no partitions
  void client.launch("ping", { partitionKey: "berlin" });
  void client.materialize(["raw/orders", "sales"], { partitionKey: "paris" });
  // @ts-expect-error -- there is no such asset
  void client.materialize(["raw/orders", "sale"]);
  // @ts-expect-error -- the asset has no partitions
  void client.materialize("raw/orders", { partitionKey: "paris" });
  void client.materialize("raw/orders", { config: { "raw/orders": { year: 2026 } } });
  void client.launch("nightly", { config: { "raw/orders": { year: { env: "YEAR" } } } });
  // @ts-expect-error -- the year is a number
  void client.materialize("raw/orders", { config: { "raw/orders": { year: "2026" } } });
  // @ts-expect-error -- the asset takes no config
  void client.materialize("sales", { config: { sales: { year: 2026 } } });
  // @ts-expect-error -- there is no such asset
  void client.runs({ assetKey: "sale" });
  void client.launchBackfill(
    { assets: ["sales", "raw/orders"] },
    { config: { "raw/orders": { year: 2026 } } },
  );
  void client.launchBackfill({ job: "nightly" }, { only: ["FAILED"] });
  // @ts-expect-error -- there is no such asset
  void client.launchBackfill({ assets: "sale" });
  // @ts-expect-error -- there is no such job
  void client.launchBackfill({ job: "nightli" });
  void client.reportMaterialization("sales", { partitionKey: "paris", metadata: { rows: 4 } });
  // @ts-expect-error -- there is no such option
  void client.reportMaterialization("sales", { partitionkey: "paris" });
  // @ts-expect-error -- a check says whether it passed
  void client.reportCheck("sales", "complete", {});

  void open.launch("anything", { partitionKey: "any" });
  void open.materialize(["anything", "else"], { partitionKey: "any" });
  void open.materialize("anything", { config: { anything: { year: 2026 } } });
  void open.runs({ jobName: "anything" });
  void open.launchBackfill({ assets: ["anything"] }, { config: { anything: {} } });
}

test("names, keys and partitions are checked against the definitions, and without them free", () => {
  expectTypeOf(neverCalled).toBeFunction();
  expectTypeOf<Client<typeof shop>["launch"]>().parameter(0).toEqualTypeOf<"nightly" | "ping">();
});

test("a module is as good as what it exports", () => {
  const client = () => createClient<{ sales: typeof sales; help: () => void }>({ url: "http://127.0.0.1" });
  expectTypeOf<ReturnType<typeof client>["asset"]>().parameter(0).toEqualTypeOf<"sales">();
});

test("where the types do not know a key, every text is one", () => {
  const erp = externalAsset<number>("erp/orders");
  expectTypeOf<Client<{ erp: typeof erp; sales: typeof sales }>["asset"]>()
    .parameter(0)
    .toEqualTypeOf<string>();
});
