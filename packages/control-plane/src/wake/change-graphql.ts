import { BadRequest } from "../runs/run-errors.ts";
import { builder } from "../graphql/builder.ts";

/** What a reader may wait for. */
const TOPIC = /^(?:runs|assets|locations|agents|(?:run|logs|work-item):[\w-]+)$/;
const MAX_TOPICS = 100;

const ChangeType = builder
  .objectRef<{ readonly topic: string }>("Change")
  .implement({ fields: (t) => ({ topic: t.exposeString("topic") }) });

builder.subscriptionFields((t) => ({
  changes: t.field({
    access: "deployment.view",
    type: ChangeType,
    description:
      "A hint that something of the topic changed: `runs`, `run:ID`, `logs:ID`, `assets`, `locations`, `agents`.\n" +
      "The reader asks again for what it shows; polling the same queries is the fallback.",
    args: { topics: t.arg.stringList({ required: true }) },
    subscribe: (_root, { topics }, { bus, signal }) => bus.subscribe(readTopics(topics), signal),
    resolve: (topic: string) => ({ topic }),
  }),
}));

function readTopics(topics: readonly string[]): string[] {
  if (topics.length > MAX_TOPICS) throw new BadRequest(`\`topics\` may name ${MAX_TOPICS} topics at most`);
  const unknown = topics.find((topic) => !TOPIC.test(topic));
  if (unknown !== undefined) {
    throw new BadRequest(
      `There is no topic "${unknown}"; there are runs, run:ID, logs:ID, assets, locations, agents, work-item:ID`,
    );
  }
  return [...new Set(topics)];
}
