import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluateSchedule, evaluateSensor, materialize } from "millrace/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { everyMonth, newFlightsFile } from "../src/automation.ts";
import { drawBarChart } from "../src/bar-chart.ts";
import { anyFlights } from "../src/checks.ts";
import { delayTrend } from "../src/delay-trend.ts";
import { delaysByHour, monthlyDelays, monthlyFlights } from "../src/flights.ts";
import { busiestRoutes, delayChart } from "../src/reports.ts";
import { airports, rawFlights, seattleWeather } from "../src/sources.ts";
import { openWarehouse, type Table, type Warehouse } from "../src/warehouse.ts";

const assets = [rawFlights, airports, seattleWeather, monthlyFlights, monthlyDelays, delaysByHour];

let folder: string;
let warehouse: Warehouse;
let flights: Table;
let places: Table;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "flights-"));
  warehouse = await openWarehouse(folder);
  flights = await warehouse.save(
    "flights",
    `select * from (values
      ('2001-01-05 08:00'::timestamp, 10, 200, 'SEA', 'PDX'), ('2001-01-06 08:00'::timestamp, 30, 2000, 'SEA', 'BOS'),
      ('2001-02-01 00:00'::timestamp, 5, 2000, 'BOS', 'SEA')
    ) as t (departed_at, delay_minutes, miles, origin, destination)`,
  );
  places = await warehouse.save(
    "places",
    `select 'SEA' as iata, 'Seattle-Tacoma' as name, 'Seattle' as city, 'WA' as state, 47.4 as latitude, -122.3 as longitude`,
  );
});
afterAll(() => {
  warehouse.close();
  rmSync(folder, { recursive: true });
});

test("a month holds the flights that left in it, and no shorter ones than its config allows", async () => {
  const options = {
    resources: { warehouse },
    partitionKey: "2001-01-01",
    values: [[rawFlights, flights]],
  } as const;

  const all = await materialize([monthlyFlights], options);
  const long = await materialize([monthlyFlights], {
    ...options,
    config: { monthly_flights: { minMiles: 1_000 } },
  });

  expect(all.value(monthlyFlights, "2001-01-01").rows).toBe(2);
  expect(long.value(monthlyFlights, "2001-01-01").rows).toBe(1);
});

test("a month without flights fails its check, and nothing is made from it", async () => {
  const result = await materialize([monthlyFlights, anyFlights, monthlyDelays], {
    resources: { warehouse },
    partitionKey: "2001-04-01",
    values: [
      [rawFlights, flights],
      [airports, places],
    ],
    throwOnFailure: false,
  });

  expect(result.succeeded).toBe(false);
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    { checkName: "any_flights", passed: false },
  ]);
  expect(result.eventsOf("ASSET_MATERIALIZATION").map((event) => event.assetKey)).toEqual([
    "monthly_flights",
  ]);
});

test("the chart has a bar for each hour that has flights", async () => {
  const result = await materialize([delaysByHour, delayChart], {
    resources: { warehouse },
    values: [[rawFlights, flights]],
  });

  expect(result.value(delaysByHour)).toEqual([
    { hour: 0, flights: 1, meanDelay: 5 },
    { hour: 8, flights: 2, meanDelay: 20 },
  ]);
  expect(result.value(delayChart).match(/<rect/g)).toHaveLength(2);
});

test("bars below zero hang from the axis, and labels are escaped", () => {
  const chart = drawBarChart("a < b", [
    { label: "up", value: 1 },
    { label: "down", value: -1 },
  ]);

  expect(chart).toContain("a &lt; b");
  const tops = [...chart.matchAll(/<rect x="[\d.]+" y="([\d.]+)"/g)].map((match) => Number(match[1]));
  expect(tops[0]).toBeLessThan(tops[1] ?? 0);
});

test("a config out of its range is refused with the field named", async () => {
  await expect(
    materialize([busiestRoutes], {
      resources: { warehouse },
      config: { busiest_routes: { top: 0 } },
      values: [],
    }),
  ).rejects.toThrow(/top/);
});

test("the schedule asks for the month before, while the data has it", async () => {
  const march = await evaluateSchedule(everyMonth, { scheduledAt: new Date("2026-03-01T14:00:00Z"), assets });
  const december = await evaluateSchedule(everyMonth, {
    scheduledAt: new Date("2026-12-01T14:00:00Z"),
    assets,
  });

  expect(march.runRequests).toMatchObject([{ runKey: "2001-02-01", partitionKey: "2001-02-01" }]);
  expect(december).toMatchObject({ runRequests: [], skipReason: "the data does not reach 2001-11-01" });
});

test("the sensor asks once for each version of the file after the first", async () => {
  const first = await evaluateSensor(newFlightsFile, { assets });
  const same = await evaluateSensor(newFlightsFile, { assets, cursor: first.cursor });
  const other = await evaluateSensor(newFlightsFile, { assets, cursor: "1" });

  expect(first).toMatchObject({ runRequests: [], skipReason: "the file is seen for the first time" });
  expect(same).toMatchObject({ runRequests: [], skipReason: "the file has not changed" });
  expect(other.runRequests).toEqual([expect.objectContaining({ runKey: first.cursor })]);
});

test("an interpreter that is not there fails the Python asset, and the error says what to do", async () => {
  const result = await materialize([delayTrend], {
    values: [[delaysByHour, []]],
    config: { delay_trend: { python: "no-such-python" } },
    throwOnFailure: false,
  });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error.message).toMatch(/"no-such-python" could not be started/);
});
