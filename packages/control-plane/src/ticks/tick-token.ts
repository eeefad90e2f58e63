import { sql } from "kysely";
import type { Ids } from "@millrace/model/randomness";
import type { Db } from "../database/connect.ts";

/** A schedule or sensor that is evaluated just now. */
export interface EvaluatedTick {
  readonly deploymentId: string;
  readonly locationName: string;
  readonly kind: "schedule" | "sensor";
  readonly name: string;
  /** The name that its run keys go by. */
  readonly keyName: string;
}

/** A token that lets the code of one tick see its deployment, as long as the tick's work item is not settled. */
export function createTickToken(ids: Ids): string {
  return `mrt_${ids.newToken()}`;
}

/** The tick that a token is for; null: there is no such token, or its tick is over. */
export async function findTickByToken(db: Db, token: string): Promise<EvaluatedTick | null> {
  const { rows } = await sql<EvaluatedTick>`
    select t.*, coalesce(i.key_name, t.name) as "keyName"
    from (
      select deployment_id as "deploymentId", payload ->> 'locationName' as "locationName",
        case kind when 'evaluate_schedule' then 'schedule' else 'sensor' end as kind,
        coalesce(payload ->> 'scheduleName', payload ->> 'sensorName') as name
      from work_item
      where run_token = ${token} and kind in ('evaluate_schedule', 'evaluate_sensor') and state = 'claimed'
    ) t left join instigator i on i.deployment_id = t."deploymentId" and i.location_name = t."locationName" and i.kind = t.kind
      and i.name = t.name`.execute(db);
  return rows[0] ?? null;
}
