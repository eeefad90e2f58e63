import { definitions } from "millrace";
import { customerScores } from "./customer-scores.ts";
import { daily, whole } from "./models.ts";
import { rawOrders } from "./orders.ts";

export const defs = definitions({ assets: [rawOrders, whole, daily, customerScores] });
