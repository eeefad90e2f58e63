import { InvalidLocationDocument } from "@millrace/model/location-document";
import { servingSnapshotLoader } from "./serving-snapshot-loader.ts";
import type { Resource } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import {
  findCodeLocation,
  listCodeLocations,
  pauseRuns,
  reloadCodeLocation,
  removeCodeLocation,
  setCodeLocation,
  VERSION_STATES,
  type CodeLocation,
  type LocationVersion,
} from "./location-store.ts";
import type { ServingSnapshot } from "./serving-snapshot.ts";
import { builder } from "../graphql/builder.ts";
import { resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";

const VersionStateType = builder.enumType("LocationVersionState", { values: VERSION_STATES });

const LocationVersionType = builder.objectRef<LocationVersion>("LocationVersion").implement({
  fields: (t) => ({
    revision: t.exposeInt("revision"),
    state: t.expose("state", { type: VersionStateType }),
    codeDigest: t.exposeString("codeDigest", { nullable: true }),
    error: t.expose("error", { type: "JSON", nullable: true }),
    warnings: t.exposeStringList("warnings", {
      description:
        "What is odd about definitions that loaded all the same, such as an asset that is exported and not registered.",
    }),
    agentId: t.exposeString("agentId", { nullable: true }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    loadedAt: t.expose("loadedAt", { type: "DateTime", nullable: true }),
  }),
});

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
      description: "The newest version: loading, or failed with its error, beside the one that serves.",
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

builder.mutationFields((t) => ({
  setCodeLocation: t.field({
    access: { action: "location.deploy", audit: ["name"] },
    type: SetCodeLocationResult.type,
    description: "Adds a location or changes its document.",
    args: { name: t.arg.string({ required: true }), document: t.arg({ type: "JSON", required: true }) },
    resolve: (_root, { name, document }, { db, deploymentId }) =>
      SetCodeLocationResult.of(() => setCodeLocation(db, deploymentId, name, document)),
  }),
  reloadCodeLocation: t.field({
    access: { action: "location.reload", audit: ["name"] },
    type: CodeLocationType,
    nullable: true,
    description: "Loads the code again; what serves goes on serving until the new version has loaded.",
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { db, deploymentId }) => reloadCodeLocation(db, deploymentId, name),
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
