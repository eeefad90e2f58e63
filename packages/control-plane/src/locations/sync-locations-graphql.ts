import { InvalidLocationDocument } from "@millrace/model/location-document";
import { requireAllowed } from "../access/guard-user-api.ts";
import { builder } from "../graphql/builder.ts";
import { resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";
import { SYNC_CHANGES, syncCodeLocations, type SyncedLocation } from "./sync-locations.ts";
import { FieldChangeType } from "./version-changes-graphql.ts";

const CodeLocationInput = builder.inputType("CodeLocationInput", {
  fields: (t) => ({
    name: t.string({ required: true }),
    document: t.field({ type: "JSON", required: true }),
  }),
});

const SyncChangeType = builder.enumType("CodeLocationSyncChange", {
  description:
    "added, updated, unchanged and removed; unlisted: it stays, though the list does not have it and `prune` would remove it.",
  values: SYNC_CHANGES,
});

const SyncedLocationType = builder.objectRef<SyncedLocation>("SyncedCodeLocation").implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    change: t.expose("change", { type: SyncChangeType }),
    revision: t.exposeInt("revision", {
      nullable: true,
      description: "The revision that it has now; null: it is removed, or would only be added.",
    }),
    document: t.expose("document", {
      type: [FieldChangeType],
      description: "What is different in its document, of one that is updated.",
    }),
  }),
});

const SyncedLocationsType = builder
  .objectRef<{ readonly locations: readonly SyncedLocation[] }>("SyncedCodeLocations")
  .implement({
    fields: (t) => ({
      locations: t.expose("locations", { type: [SyncedLocationType], description: "By name." }),
    }),
  });

const SyncResult = resultType("SyncCodeLocationsResult", SyncedLocationsType, [
  { ...InvalidInput, classes: [InvalidLocationDocument] },
]);

builder.mutationField("syncCodeLocations", (t) =>
  t.field({
    access: { action: "location.deploy", audit: ["prune", "dryRun"] },
    type: SyncResult.type,
    description:
      "Makes the code locations of the deployment those of a list: adds what is missing, changes what has another document, leaves the rest. All of it is done, or nothing.",
    args: {
      locations: t.arg({ type: [CodeLocationInput], required: true }),
      prune: t.arg.boolean({
        required: true,
        defaultValue: false,
        description:
          "Whether locations that the list does not have are removed, which needs `location.remove`.",
      }),
      dryRun: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: "Whether to say only what would be done.",
      }),
    },
    resolve: (_root, { locations, prune, dryRun }, context) => {
      const { db, deploymentId, viewer } = context;
      if (prune) requireAllowed(viewer, "location.remove", context);
      return SyncResult.of(async () => ({
        locations: await syncCodeLocations(db, deploymentId, locations, {
          prune,
          dryRun,
          askedBy: viewer.name,
        }),
      }));
    },
  }),
);
