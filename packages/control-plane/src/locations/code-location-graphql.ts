import { InvalidLocationDocument } from "@millrace/model/location-document";
import { servingSnapshotLoader } from "./serving-snapshot-loader.ts";
import type { Resource } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import {
  pauseRuns,
  reloadCodeLocation,
  removeCodeLocation,
  setCodeLocation,
} from "./change-location-store.ts";
import { CannotRollBack, rollBackCodeLocation, type RolledBack } from "./roll-back-location.ts";
import { findCodeLocation, listCodeLocations, type CodeLocation } from "./location-store.ts";
import type { ServingSnapshot } from "./serving-snapshot.ts";
import { LocationVersionConnectionType, LocationVersionType } from "./location-version-graphql.ts";
import { compareVersions } from "./compare-versions.ts";
import { VersionChangesType } from "./version-changes-graphql.ts";
import { listVersions } from "./version-store.ts";
import { builder, readLimit } from "../graphql/builder.ts";
import { resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";
import { UnknownThing } from "../graphql/unknown-thing.ts";

const ResourceType = builder.objectRef<Resource>("Resource").implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    description: t.string({ nullable: true, resolve: ({ description }) => description ?? null }),
    configSchema: t.field({
      type: "JSON",
      nullable: true,
      resolve: ({ configSchema }): unknown => (configSchema ? JSON.parse(configSchema) : null),
    }),
    environmentVariables: t.exposeStringList("environmentVariables"),
  }),
});

export const CodeLocationType = builder.objectRef<CodeLocation>("CodeLocation").implement({
  access: "location.view",
  fields: (t) => ({
    name: t.exposeString("name"),
    document: t.expose("document", { type: "JSON" }),
    revision: t.exposeInt("revision"),
    serving: t.expose("serving", {
      type: LocationVersionType,
      nullable: true,
      description: "The version that answers now; null while none has loaded.",
    }),
    latest: t.expose("latest", {
      type: LocationVersionType,
      nullable: true,
      description:
        "The newest version: pending, starting, or failed with its error, beside the one that serves.",
    }),
    versions: t.field({
      type: LocationVersionConnectionType,
      description:
        "The versions that are kept, newest first: the last 20, the one that serves, and those of runs. `after` is a revision.",
      args: { limit: t.arg.int({ required: true, defaultValue: 20 }), after: t.arg.int() },
      resolve: ({ id }, { limit, after }, { db }) =>
        listVersions(db, id, { before: after ?? null, limit: readLimit(limit, 100) }),
    }),
    changes: t.field({
      type: VersionChangesType,
      description:
        "What is different between two revisions that have loaded. Default: between the newest and the one before it.",
      args: { from: t.arg.int(), to: t.arg.int() },
      resolve: (location, { from = null, to = null }, { db }) => compareVersions(db, location, from, to),
    }),
    assetCount: t.int({
      resolve: async ({ name }, _args, context) =>
        (await servingSnapshotLoader(context).load(name))?.assets.size ?? 0,
    }),
    resources: t.field({
      type: [ResourceType],
      resolve: async ({ name }, _args, context) =>
        ifServing(await servingSnapshotLoader(context).load(name), ({ snapshot }) => snapshot.resources),
    }),
    runsPausedAt: t.expose("runsPausedAt", {
      type: "DateTime",
      nullable: true,
      description: "Since when none of its runs leaves the queue; null: they do.",
    }),
    updatedAt: t.expose("updatedAt", { type: "DateTime" }),
  }),
});

builder.queryFields((t) => ({
  codeLocations: t.field({
    access: "location.view",
    type: [CodeLocationType],
    resolve: (_root, _args, { db, deploymentId }) => listCodeLocations(db, deploymentId),
  }),
  codeLocation: t.field({
    access: "location.view",
    type: CodeLocationType,
    nullable: true,
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { db, deploymentId }) => findCodeLocation(db, deploymentId, name),
  }),
}));

const SetCodeLocationResult = resultType("SetCodeLocationResult", CodeLocationType, [
  { ...InvalidInput, classes: [InvalidLocationDocument] },
]);

const RolledBackType = builder.objectRef<RolledBack>("CodeLocationRolledBack").implement({
  fields: (t) => ({
    location: t.expose("location", { type: CodeLocationType }),
    basedOn: t.exposeInt("basedOn", { description: "The revision whose document the newest one has again." }),
    warning: t.exposeString("warning", {
      nullable: true,
      description:
        "What is not as it was at that revision: of code in a folder, the files are those of today. Null: all is.",
    }),
  }),
});

const RollbackCodeLocationResult = resultType("RollbackCodeLocationResult", RolledBackType, [
  { ...InvalidInput, classes: [CannotRollBack, InvalidLocationDocument] },
  UnknownThing,
]);

builder.mutationFields((t) => ({
  setCodeLocation: t.field({
    access: { action: "location.deploy", audit: ["name"] },
    type: SetCodeLocationResult.type,
    description: "Adds a location or changes its document.",
    args: { name: t.arg.string({ required: true }), document: t.arg({ type: "JSON", required: true }) },
    resolve: (_root, { name, document }, { db, deploymentId, viewer }) =>
      SetCodeLocationResult.of(() => setCodeLocation(db, deploymentId, name, document, viewer.name)),
  }),
  reloadCodeLocation: t.field({
    access: { action: "location.reload", audit: ["name"] },
    type: CodeLocationType,
    nullable: true,
    description: "Loads the code again; what serves goes on serving until the new version has loaded.",
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { db, deploymentId, viewer }) =>
      reloadCodeLocation(db, deploymentId, name, viewer.name),
  }),
  rollbackCodeLocation: t.field({
    access: { action: "location.deploy", audit: ["name", "revision"] },
    type: RollbackCodeLocationResult.type,
    description:
      "Gives a location the document of an older revision again, as a new revision; what serves goes on serving until that has loaded. Without `revision`: of the newest that has loaded and has another document.",
    args: { name: t.arg.string({ required: true }), revision: t.arg.int() },
    resolve: (_root, { name, revision = null }, { db, deploymentId, viewer }) =>
      RollbackCodeLocationResult.of(() =>
        rollBackCodeLocation(db, deploymentId, { name, revision, askedBy: viewer.name }),
      ),
  }),
  pauseCodeLocation: t.field({
    access: { action: "location.pause", audit: ["name", "paused"] },
    type: CodeLocationType,
    nullable: true,
    description:
      "Keeps the location's runs in the queue, or lets them start again; those that are under way go on.",
    args: { name: t.arg.string({ required: true }), paused: t.arg.boolean({ required: true }) },
    resolve: (_root, { name, paused }, { db, deploymentId }) => pauseRuns(db, deploymentId, name, paused),
  }),
  removeCodeLocation: t.boolean({
    access: { action: "location.remove", audit: ["name"] },
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { db, deploymentId }) => removeCodeLocation(db, deploymentId, name),
  }),
}));

function ifServing<T>(serving: ServingSnapshot | null, list: (serving: ServingSnapshot) => T[]): T[] {
  return serving === null ? [] : list(serving);
}
