/**
 * Something of a deployment that changes, as those name it who show it; they read one deployment, so the name does not say which.
 * Checks, partitions and staleness belong to `assets`.
 */
export type ChangeName =
  | "runs"
  | "assets"
  | "locations"
  | "agents"
  | "backfills"
  | "ticks"
  | "daemons"
  | `run:${string}`
  | `logs:${string}`
  | `work-item:${string}`;

/** What readers can't name. */
type HiddenName =
  | `work:${string}`
  | `agent-token:${string}`
  | `slots:${string}`
  | "due-ticks"
  | "retries"
  | "bulk";

declare const topic: unique symbol;

/** A name of what changes together with its deployment: what the control plane notifies of and waits for. */
export type Topic = string & { readonly [topic]: true };

/** Every topic there is. */
export const topics = {
  runs: (deploymentId: string): Topic => topicOf(deploymentId, "runs"),
  assets: (deploymentId: string): Topic => topicOf(deploymentId, "assets"),
  locations: (deploymentId: string): Topic => topicOf(deploymentId, "locations"),
  agents: (deploymentId: string): Topic => topicOf(deploymentId, "agents"),
  backfills: (deploymentId: string): Topic => topicOf(deploymentId, "backfills"),
  /** Schedules and sensors: what they are switched to, and how their ticks went. */
  ticks: (deploymentId: string): Topic => topicOf(deploymentId, "ticks"),
  /** Daemons that began to fail, or work again. */
  daemons: (deploymentId: string): Topic => topicOf(deploymentId, "daemons"),
  /** When ticks are due; no reader can name it. */
  dueTicks: (deploymentId: string): Topic => topicOf(deploymentId, "due-ticks"),
  run: (deploymentId: string, runId: string): Topic => topicOf(deploymentId, `run:${runId}`),
  /** What a run's workers print. */
  logs: (deploymentId: string, runId: string): Topic => topicOf(deploymentId, `logs:${runId}`),
  workItem: (deploymentId: string, itemId: string): Topic => topicOf(deploymentId, `work-item:${itemId}`),
  /** Work that waits in a queue; no reader can name it. */
  work: (deploymentId: string, queue: string): Topic => topicOf(deploymentId, `work:${queue}`),
  /** A token of agents, which may be revoked; no reader can name it. */
  agentToken: (deploymentId: string, tokenId: string): Topic =>
    topicOf(deploymentId, `agent-token:${tokenId}`),
  /** Runs that are to be launched again by themselves; no reader can name it. */
  retries: (deploymentId: string): Topic => topicOf(deploymentId, "retries"),
  /** Operations on many runs that begin; no reader can name it. */
  bulk: (deploymentId: string): Topic => topicOf(deploymentId, "bulk"),
  /** Slots of pools that steps of a run are given; no reader can name it. */
  slots: (deploymentId: string, runId: string): Topic => topicOf(deploymentId, `slots:${runId}`),
};

/** The topic of a deployment that a reader named. */
export function topicOf(deploymentId: string, name: ChangeName | HiddenName): Topic {
  return `${deploymentId}/${name}` as Topic;
}

/** The name in a topic, without its deployment. */
export function changeNameOf(topic: Topic): string {
  return topic.slice(topic.indexOf("/") + 1);
}

const CHANGE_NAME =
  /^(?:runs|assets|locations|agents|backfills|ticks|daemons|(?:run|logs|work-item):[\w-]+)$/;

/** Reads a name that a reader sent; null: there is no such change, or readers may not wait for it. */
export function parseChangeName(text: string): ChangeName | null {
  return CHANGE_NAME.test(text) ? (text as ChangeName) : null;
}

/** Reads a topic that came through the database; null: this version does not know it. */
export function parseTopic(text: string): Topic | null {
  const name = text.slice(text.indexOf("/") + 1);
  const isKnown =
    text.includes("/") &&
    (name === "due-ticks" ||
      name === "retries" ||
      name === "bulk" ||
      name.startsWith("work:") ||
      name.startsWith("agent-token:") ||
      name.startsWith("slots:") ||
      parseChangeName(name) !== null);
  return isKnown ? (text as Topic) : null;
}
