import { expectTypeOf, test } from "vitest";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { AssetKeyOf } from "../assets/asset-definition.ts";
import { asset } from "../assets/asset.ts";
import { assetSpec } from "../assets/asset-spec.ts";
import { externalAsset } from "../assets/external-asset.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { job, type JobPartitionsOf } from "../jobs/job.ts";
import { staticPartitions } from "../partitions/partitions.ts";
import type { AssetsOf, JobsOf } from "./defined.ts";
import { definitions, definitionsFromModules, mergeDefinitions } from "./definitions.ts";
import { mapAssets } from "./map-assets.ts";

const shops = staticPartitions(["berlin", "paris"]);
const raw = asset(["raw", "orders"], () => 1);
const sales = asset("sales", { partitions: shops, deps: [] }, () => 2);
const both = multiAsset(
  "both",
  { assets: { users: assetSpec<number>(), visits: assetSpec<number>({ group: "web" }) } },
  () => ({ users: 1, visits: 2 }),
);
const nightly = job("nightly", { selection: [sales] });
const ping = job("ping", () => {});
const shop = definitions({
  assets: [raw, sales.with({ owners: ["team:shop"] }), both],
  jobs: [nightly, ping],
});

type KeysOf<D> = AssetKeyOf<AssetsOf<D>>;
type NamesOf<D> = JobsOf<D>["name"];

test("the types of definitions know the keys of assets and the names of jobs", () => {
  expectTypeOf<KeysOf<typeof shop>>().toEqualTypeOf<"raw/orders" | "sales" | "users" | "visits">();
  expectTypeOf<NamesOf<typeof shop>>().toEqualTypeOf<"nightly" | "ping">();
});

test("they know them after all assets were changed, and of modules", () => {
  const changed = mapAssets(shop, "*", () => ({}));
  expectTypeOf<KeysOf<typeof changed>>().toEqualTypeOf<KeysOf<typeof shop>>();
  const modules = definitionsFromModules([
    { raw, limit: 10 },
    { all: [sales], ping },
  ]);
  expectTypeOf<KeysOf<typeof modules>>().toEqualTypeOf<"raw/orders" | "sales">();
  expectTypeOf<NamesOf<typeof modules>>().toEqualTypeOf<"ping">();
});

test("they know those of parts that are put together", () => {
  const parts = mergeDefinitions(definitions({ assets: [raw] }), definitions({ jobs: [ping] }));
  expectTypeOf<KeysOf<typeof parts>>().toEqualTypeOf<"raw/orders">();
  expectTypeOf<NamesOf<typeof parts>>().toEqualTypeOf<"ping">();
});

test("of a module that exports what gathers definitions, that alone counts", () => {
  expectTypeOf<KeysOf<{ shop: typeof shop; other: ReturnType<typeof other> }>>().toEqualTypeOf<
    KeysOf<typeof shop>
  >();
  expectTypeOf<KeysOf<{ raw: typeof raw; help: () => void }>>().toEqualTypeOf<"raw/orders">();
  expectTypeOf<KeysOf<{ help: () => void }>>().toEqualTypeOf<never>();
});

const other = () => asset("other", () => 1);

test("a job that selects by definition is partitioned as its assets are", () => {
  expectTypeOf<JobPartitionsOf<typeof nightly>>().toEqualTypeOf<typeof shops>();
  expectTypeOf<JobPartitionsOf<typeof ping>>().toEqualTypeOf<undefined>();
  const byText = job("by_text", { selection: "group:web" });
  expectTypeOf<JobPartitionsOf<typeof byText>>().toEqualTypeOf<PartitionsDefinition | undefined>();
});

test("a key that the types can't know is any text", () => {
  const orders = externalAsset<number>("erp/orders");
  expectTypeOf<AssetKeyOf<typeof orders>>().toEqualTypeOf<string>();
  const slashed = asset(["a/b", "c"], () => 1);
  expectTypeOf<"a\\/b/c">().toExtend<AssetKeyOf<typeof slashed>>();
  const named = multiAsset("m", { assets: { one: assetSpec<number>({ key: "other" }) } }, () => ({ one: 1 }));
  expectTypeOf<AssetKeyOf<typeof named.assets.one>>().toEqualTypeOf<string>();
});
