import { assetCheck } from "millrace";
import { monthlyDelays, monthlyFlights } from "./flights.ts";
import { rawFlights } from "./sources.ts";
import { from, warehouse } from "./warehouse.ts";

export const complete = assetCheck(
  "complete",
  {
    asset: rawFlights,
    blocking: true,
    description: "All three million flights are there; without them nothing below is made.",
  },
  (_context, flights) => ({ passed: flights.rows === 3_000_000, metadata: { rows: flights.rows } }),
);

export const plausibleDelays = assetCheck(
  "plausible_delays",
  {
    asset: rawFlights,
    severity: "WARN",
    resources: { warehouse },
    description: "No flight is more than a day early or late.",
  },
  async (context, flights) => {
    const [row] = await context.resources.warehouse.query(
      `select count(*) as odd from ${from(flights)} where abs(delay_minutes) > 1440`,
    );
    const odd = Number(row?.["odd"]);
    return { passed: odd === 0, metadata: { odd } };
  },
);

export const anyFlights = assetCheck(
  "any_flights",
  {
    asset: monthlyFlights,
    blocking: true,
    description: "A month without flights means that the data does not reach it.",
  },
  (_context, flights) => ({ passed: flights.rows > 0, metadata: { rows: flights.rows } }),
);

export const knownAirports = assetCheck(
  "known_airports",
  { asset: monthlyDelays, resources: { warehouse }, description: "Every airport has a name." },
  async (context, delays) => {
    const [row] = await context.resources.warehouse.query(
      `select count(*) as nameless from ${from(delays)} where airport is null`,
    );
    const nameless = Number(row?.["nameless"]);
    return { passed: nameless === 0, metadata: { nameless } };
  },
);
