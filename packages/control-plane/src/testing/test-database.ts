import { afterAll, inject } from "vitest";
import { cloneDatabase, TEMPLATE_DATABASE, type TestDatabase } from "./clone-database.ts";
import { openSimulatedDatabase, type SimulatedDatabase } from "./simulated-database.ts";

/** Clones the migrated template; call it at the top of a test file (`const { db } = await createTestDatabase()`). Dropped after the file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const database = await cloneDatabase(inject("testDatabaseUrl"), TEMPLATE_DATABASE);
  afterAll(database.drop);
  return database;
}

/** The same with a database whose time stands still until the test moves it (`const { db, advance } = await …`). */
export async function createSimulatedDatabase(): Promise<SimulatedDatabase> {
  const database = await openSimulatedDatabase(inject("testDatabaseUrl"));
  afterAll(database.drop);
  return database;
}
