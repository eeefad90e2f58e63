import { cloneDatabase, TEMPLATE_DATABASE } from "@millrace/control-plane/testing/clone-database";
import { inject } from "vitest";
import { startStack, type Stack, type StackOptions } from "./stack.ts";

/**
 * Starts server and agent on a database of the tests' PostgreSQL: one is cloned in a moment, where a server that brings its own has to
 * make it, migrate it and wait for disks. What a test is to say of that one starts with `startStack`.
 */
export async function startTestStack(options: Omit<StackOptions, "database"> = {}): Promise<Stack> {
  const database = await cloneDatabase(inject("testDatabaseUrl"), TEMPLATE_DATABASE);
  return startStack({ ...options, database });
}
