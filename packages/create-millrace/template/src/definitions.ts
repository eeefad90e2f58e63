import { definitions, job, schedule } from "millrace";
import { anyOrders, cleanOrders, rawOrders, revenue } from "./orders.ts";

const daily = job("daily", { selection: "*", description: "Makes everything from the newest orders." });

const everyMorning = schedule("every_morning", { cron: "0 6 * * *", timezone: "UTC", job: daily });

export const defs = definitions({
  assets: [rawOrders, cleanOrders, revenue],
  checks: [anyOrders],
  jobs: [daily],
  schedules: [everyMorning],
});
