import { expect, test } from "vitest";
import { connect } from "./connect.ts";
import { listMigrations, migrate, MigrationRefused, type Migration } from "./migrate.ts";
import { createTestDatabase } from "../testing/test-database.ts";

const { db, url } = await createTestDatabase();

const addTown: Migration = {
  name: "9001-town",
  sql: "create table town (id text primary key); insert into town values ('a');",
};

test("a database that is up to date needs no migration", async () => {
  expect(await migrate(db)).toEqual([]);
});

test("of replicas that migrate at once, one applies each migration", async () => {
  const others = [connect(url), connect(url), connect(url)];

  const applied = await Promise.all(others.map((other) => migrate(other, [...listMigrations(), addTown])));

  expect(applied.flat()).toEqual(["9001-town"]);
  await Promise.all(others.map((other) => other.destroy()));
});

test("a migration that was changed after it had been applied is refused by name", async () => {
  const changed = { ...addTown, sql: "create table village (id text primary key)" };

  await expect(migrate(db, [...listMigrations(), changed])).rejects.toThrow(/9001-town was changed/);
});

test("a database of a newer version is refused", async () => {
  await expect(migrate(db)).rejects.toThrow(MigrationRefused);
  await expect(migrate(db)).rejects.toThrow(/9001-town, which this version of Millrace does not know/);
});

test("a migration that fails leaves nothing behind", async () => {
  const broken = { name: "9002-broken", sql: "create table half (id text); select 1 / 0;" };
  await expect(migrate(db, [...listMigrations(), addTown, broken])).rejects.toThrow(/division by zero/);

  const repaired = { name: "9002-broken", sql: "create table half (id text);" };
  expect(await migrate(db, [...listMigrations(), addTown, repaired])).toEqual(["9002-broken"]);
});
