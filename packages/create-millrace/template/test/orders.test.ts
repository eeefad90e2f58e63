import { materialize } from "millrace/testing";
import { expect, test } from "vitest";
import { anyOrders, cleanOrders, rawOrders, revenue } from "../src/orders.ts";

test("orders below the smallest total do not count", async () => {
  const result = await materialize([cleanOrders, revenue], {
    values: [
      [
        rawOrders,
        [
          { id: 1, customer: "ada", total: 4 },
          { id: 2, customer: "bob", total: 9 },
        ],
      ],
    ],
    config: { clean_orders: { minTotal: 5 } },
  });

  expect(result.value(revenue)).toBe(9);
});

test("without orders no revenue is reported", async () => {
  const result = await materialize([cleanOrders, anyOrders, revenue], {
    values: [[rawOrders, []]],
    throwOnFailure: false,
  });

  expect(result.succeeded).toBe(false);
  expect(result.eventsOf("ASSET_MATERIALIZATION").map((event) => event.assetKey)).toEqual(["clean_orders"]);
});
