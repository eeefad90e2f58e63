import { builder } from "../graphql/builder.ts";
import { DAEMON_STATES, listShownDaemons, type ShownDaemon } from "./heartbeat-store.ts";

const DaemonStateType = builder.enumType("DaemonState", { values: DAEMON_STATES });

const DaemonType = builder.objectRef<ShownDaemon>("Daemon").implement({
  access: "deployment.view",
  fields: (t) => ({
    name: t.exposeString("name"),
    replica: t.exposeString("replica", {
      description:
        "The process that runs it, and tells of it every half a minute, and when it begins to fail or works again.",
    }),
    isShared: t.exposeBoolean("isShared", { description: "It works for all deployments at once." }),
    hasPlace: t.exposeBoolean("hasPlace", {
      nullable: true,
      description: "Whether it is this replica that runs it now; null: every replica may.",
    }),
    state: t.expose("state", { type: DaemonStateType }),
    lastTickAt: t.expose("lastTickAt", { type: "DateTime" }),
    lastTickMs: t.exposeFloat("lastTickMs", { description: "What its last tick took." }),
    longestTickMs: t.exposeFloat("longestTickMs", { description: "Since its replica started." }),
    lastLatenessMs: t.exposeFloat("lastLatenessMs", {
      description:
        "How long its last tick began after it was due: by its time, or by the change that woke it.",
    }),
    longestLatenessMs: t.exposeFloat("longestLatenessMs", { description: "Since its replica started." }),
    ticks: t.exposeInt("ticks", { description: "Since its replica started." }),
    failures: t.exposeInt("failures", { description: "Ticks that failed since its replica started." }),
    lastError: t.expose("lastError", {
      type: "JSON",
      nullable: true,
      description: "The ErrorInfo of the last tick that failed, also when others went well since.",
    }),
    lastErrorAt: t.expose("lastErrorAt", { type: "DateTime", nullable: true }),
  }),
});

builder.queryFields((t) => ({
  daemons: t.field({
    access: "deployment.view",
    type: [DaemonType],
    description: "What the control plane does by itself for this deployment: each daemon in each replica.",
    resolve: (_root, _args, { db, deploymentId }) => listShownDaemons(db, deploymentId),
  }),
}));
