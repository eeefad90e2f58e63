import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asset, materializeResult } from "millrace";
import { dataFolder, days } from "./places.ts";

const CUSTOMERS = ["ada", "bob", "cleo", "dan"];
const PRODUCTS = ["espresso", "filter", "cake"];

/** A file for each day, as the tills of the shop would write it; dbt reads it as its source `raw.orders`. */
export const rawOrders = asset(
  "raw/orders",
  { partitions: days, group: "tills", kinds: ["csv"], description: "What the tills wrote on a day." },
  async ({ partitionKey }) => {
    const day = Number(partitionKey.slice(-2));
    const rows = CUSTOMERS.flatMap((customer, index) =>
      Array.from({ length: (day + index) % 3 }, (_, order) => {
        const product = PRODUCTS[(day + index + order) % PRODUCTS.length];
        const id = `${partitionKey.replaceAll("-", "")}${index}${order}`;
        return `${id},${partitionKey},${customer},${product},${1 + ((day + order) % 3)}`;
      }),
    );
    const folder = join(dataFolder, "orders");
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, `${partitionKey}.csv`),
      `${["id,day,customer,product,quantity", ...rows].join("\n")}\n`,
    );
    return materializeResult({ metadata: { rows: rows.length } });
  },
);
