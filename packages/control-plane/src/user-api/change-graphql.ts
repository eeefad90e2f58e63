import { BadRequest } from "../api/bad-request.ts";
import { type Topic, changeNameOf, parseChangeName, topicOf } from "@millrace/model/topic";
import { builder } from "../graphql/builder.ts";

const MAX_TOPICS = 100;

const ChangeType = builder.objectRef<{ readonly topic: string; readonly at: string }>("Change").implement({
  fields: (t) => ({
    topic: t.exposeString("topic"),
    at: t.exposeString("at", {
      description:
        "Who asks because of this hint, and says so in the header `millrace-since`, may get the answer that another reader got to the\n" +
        "same question after it.",
    }),
  }),
});

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
    resolve: (topic: Topic, _args, { hintMoment }) => ({ topic: changeNameOf(topic), at: hintMoment() }),
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
