import { launchEffect } from "./runs/attempts/launch-effect.ts";
import { terminateEffect } from "./runs/ending/terminate-effect.ts";
import type { LaunchContext } from "./runs/launch/launch-runs.ts";
import { createTickEffect } from "./ticks/tick-effect.ts";
import type { WorkEffects } from "./work/work-effects.ts";

/** What each kind of work does once it is settled. It stands above the nouns: `work` knows none of them. */
export function createWorkEffects(context: LaunchContext): WorkEffects {
  const tickEffect = createTickEffect(context);
  return {
    launch_run: launchEffect,
    terminate_run: terminateEffect,
    evaluate_schedule: tickEffect,
    evaluate_sensor: tickEffect,
  };
}
