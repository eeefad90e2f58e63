import { definitions } from "millrace";
import { everyMonth, flightsReport, newFlightsFile, pythonReport, sourcesJob } from "./automation.ts";
import { anyFlights, complete, knownAirports, plausibleDelays } from "./checks.ts";
import { delayTrend } from "./delay-trend.ts";
import { delaysByHour, monthlyDelays, monthlyFlights, routes } from "./flights.ts";
import { busiestRoutes, delayChart, monthSummary, seattleDelays } from "./reports.ts";
import { airports, rawFlights, seattleWeather } from "./sources.ts";
import { warehouse } from "./warehouse.ts";

export const defs = definitions({
  assets: [
    rawFlights,
    airports,
    seattleWeather,
    monthlyFlights,
    monthlyDelays,
    routes,
    delaysByHour,
    delayChart,
    busiestRoutes,
    monthSummary,
    seattleDelays,
    delayTrend,
  ],
  checks: [complete, plausibleDelays, anyFlights, knownAirports],
  jobs: [flightsReport, sourcesJob, pythonReport],
  schedules: [everyMonth],
  sensors: [newFlightsFile],
  resources: { warehouse },
});
