import { expect, expectTypeOf, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { definitions } from "./definitions.ts";
import { resolveDefinitions } from "./resolve.ts";
import { ioManager } from "../io/io-manager.ts";
import { memoryIoManager } from "../io/memory-io-manager.ts";
import { materialize } from "../testing/execute.ts";
import { resource, type Resource } from "../resources/resource.ts";
import { standIn } from "./stand-in.ts";

interface Database {
  readonly query: (text: string) => string;
}

const database: Resource<Database> = resource("database", {
  setup: (): Database => ({ query: () => "PRODUCTION" }),
});
const users = asset("users", { resources: { db: database } }, ({ resources }) =>
  resources.db.query("select 1"),
);

test("a test's stand-in by value takes the resource's place", async () => {
  const unused = resource("unused", { setup: () => 1 });
  const resources = [standIn(database, { query: () => "TEST" }), standIn(unused, 2)];

  const result = await materialize([users], { resources });

  expect(result.value(users)).toBe("TEST");
  expectTypeOf(standIn<Database>)
    .parameter(1)
    .not.toEqualTypeOf<unknown>();
  // @ts-expect-error: a database has no method of this name
  standIn(database, { queri: () => "TEST" });
});

test("a stand-in under the name that the code uses is refused, with the name of the resource", async () => {
  const run = materialize([users], { resources: { db: { query: () => "TEST" } } });

  await expect(run).rejects.toThrow(/Nothing uses a resource of the name "db".*whose name is "database"/);
});

test("definitions refuse replacements of a name that nothing has, and take those by value", () => {
  const files = ioManager("files", { handleOutput: () => {}, loadInput: () => 1 });
  const stored = asset("stored", { ioManager: files }, () => 1);
  const resolve = (input: object) => resolveDefinitions(definitions({ assets: [users, stored], ...input }));
  const other = resource("other", { setup: (): Database => ({ query: () => "OTHER" }) });
  const memory = memoryIoManager();

  expect(() => resolve({ resources: { databse: other } })).toThrow("The names in use are: database");
  expect(() => resolve({ ioManagers: { nosuch: memory } })).toThrow(
    /an IO manager of the name "nosuch".*default, files/,
  );
  const resolved = resolve({ resources: [standIn(database, other)], ioManagers: [standIn(files, memory)] });
  expect(resolved.resources.get("database")).toBe(other);
  expect(resolved.ioManagers.get("files")).toBe(memory);
});
