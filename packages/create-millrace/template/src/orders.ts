import { asset, assetCheck, materializeResult } from "millrace";
import { z } from "zod";

export interface Order {
  readonly id: number;
  readonly customer: string;
  readonly total: number;
}

// In place of these, read a file, a database or an API.
export const rawOrders = asset("raw_orders", { group: "orders" }, (): readonly Order[] => [
  { id: 1, customer: "ada", total: 30 },
  { id: 2, customer: "bob", total: 0 },
  { id: 3, customer: "ada", total: 12 },
]);

// `orders` has the type that `rawOrders` returns: a wrong field is an error of the compiler.
export const cleanOrders = asset(
  "clean_orders",
  { group: "orders", deps: [rawOrders], config: z.object({ minTotal: z.number().default(1) }) },
  (context, orders) => {
    const kept = orders.filter((order) => order.total >= context.config.minTotal);
    context.log.info(`Kept ${kept.length} of ${orders.length} orders`);
    return materializeResult({ value: kept, metadata: { rows: kept.length } });
  },
);

export const anyOrders = assetCheck(
  "any_orders",
  { asset: cleanOrders, blocking: true, description: "Without orders nothing below is made." },
  (_context, orders) => ({ passed: orders.length > 0, metadata: { rows: orders.length } }),
);

export const revenue = asset("revenue", { group: "reports", deps: [cleanOrders] }, (_context, orders) =>
  orders.reduce((sum, order) => sum + order.total, 0),
);
