import { BadRequest } from "../api/bad-request.ts";
import { type Topic, changeNameOf, parseChangeName, topicOf } from "@millrace/model/topic";
import { builder } from "../graphql/builder.ts";

const MAX_TOPICS = 100;

const ChangeType = builder
  .objectRef<{ readonly topic: string }>("Change")
  .implement({ fields: (t) => ({ topic: t.exposeString("topic") }) });

builder.subscriptionFields((t) => ({
  changes: t.field({
    access: "deployment.view",
    type: ChangeType,
    description:
      "A hint that something of the topic changed: `runs`, `run:ID`, `logs:ID`, `assets`, `locations`, `agents`, `work-item:ID`.\n" +
      "The reader asks again for what it shows; polling the same queries is the fallback.",
    args: { topics: t.arg.stringList({ required: true }) },
    subscribe: (_root, { topics }, { bus, deploymentId, signal }) =>
      bus.subscribe(readTopics(deploymentId, topics), signal),
    resolve: (topic: Topic) => ({ topic: changeNameOf(topic) }),
  }),
}));

/** A reader names what changes, never its deployment: it hears of its own. */
function readTopics(deploymentId: string, names: readonly string[]): Topic[] {
  if (names.length > MAX_TOPICS) throw new BadRequest(`\`topics\` may name ${MAX_TOPICS} topics at most`);
  return [...new Set(names)].map((text) => {
    const name = parseChangeName(text);
    if (name !== null) return topicOf(deploymentId, name);
    throw new BadRequest(
      `There is no topic "${text}"; there are runs, run:ID, logs:ID, assets, locations, agents, work-item:ID`,
    );
  });
}
