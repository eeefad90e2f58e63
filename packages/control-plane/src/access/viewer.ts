import { ExpectedError } from "@millrace/model/expected-error";
import { ACTIONS, type Action } from "./actions.ts";

/** Something that somebody may do. Grants only add: their order does not matter, and none takes anything away. */
export interface Grant {
  readonly actions: readonly Action[] | "every";
  /** An id of a deployment. */
  readonly deploymentId: string;
}

/** Who asks the user API. */
export interface Viewer {
  /** What the record of changes names them by. */
  readonly name: string;
  /** `every`: everything in every deployment. */
  readonly grants: readonly Grant[] | "every";
}

/** Who asks while the server has no login: whoever reaches it, which is why it listens on loopback unless it is told otherwise. */
export const OWNER: Viewer = { name: "owner", grants: "every" };

/** The viewer may not do it. */
export class NotAllowed extends ExpectedError {
  readonly code = "forbidden";
  constructor(viewer: Viewer, action: Action) {
    super(`${viewer.name} may not ${ACTIONS[action]} here (${action})`);
  }
}

/** Whether a grant of the viewer covers the action in the deployment. */
export function isAllowed(viewer: Viewer, action: Action, deploymentId: string): boolean {
  if (viewer.grants === "every") return true;
  return viewer.grants.some(
    (grant) =>
      grant.deploymentId === deploymentId && (grant.actions === "every" || grant.actions.includes(action)),
  );
}
