import type { Viewer } from "../access/viewer.ts";
import type { ServerContext } from "../context/server-context.ts";

/** What one request to the user API is answered from. What its rows have in common is loaded with `defineLoader`. */
export interface UserContext extends ServerContext {
  /** The deployment that is asked; nothing of any other one is in the answer. */
  readonly deploymentId: string;
  readonly viewer: Viewer;
  /** Who asks by now; throws when they may not ask at all any more. What lasts asks again. */
  readonly findViewer: () => Promise<Viewer> | Viewer;
  /** Where the stream of hints is now: who asks because of a hint repeats it. */
  readonly hintMoment: () => string;
  /** Aborts when the client has hung up or the server closes: subscriptions end. */
  readonly signal: AbortSignal;
}
