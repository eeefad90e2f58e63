import { renameAssets } from "../assets/names/rename-assets.ts";
import { waitForDesiredLocations, type DesiredLocations } from "../locations/desired-locations.ts";
import type { DesiredLocation } from "../locations/location-store.ts";
import { reportLocation } from "../locations/report-location.ts";
import { listMissingSnapshots } from "../locations/snapshot-store.ts";
import { builder, readWaitMs } from "./agent-api-builder.ts";
import { requireAgent } from "./agent-api-context.ts";

const LocationStateType = builder.enumType("LocationState", {
  values: ["LOADING", "LOADED", "FAILED"] as const,
});

const DesiredLocationType = builder.objectRef<DesiredLocation>("DesiredLocation").implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    revision: t.exposeInt("revision"),
    document: t.expose("document", {
      type: "JSON",
      description: "The location's document, see @millrace/model/location-document.",
    }),
  }),
});

const DesiredLocationsType = builder.objectRef<DesiredLocations>("DesiredLocations").implement({
  fields: (t) => ({
    revision: t.exposeString("revision", { description: "Opaque; changes whenever a location changes." }),
    locations: t.field({ type: [DesiredLocationType], resolve: ({ locations }) => [...locations] }),
  }),
});

const ReportLocationInput = builder.inputType("ReportLocationInput", {
  fields: (t) => ({
    agentId: t.id(),
    name: t.string(),
    revision: t.int(),
    state: t.field({ type: LocationStateType }),
    codeDigest: t.string({ required: false }),
    snapshotDigest: t.string({ required: false }),
    error: t.field({
      type: "JSON",
      required: false,
      description: "A LocationError when the state is FAILED.",
    }),
    warnings: t.stringList({
      required: false,
      description: "What is odd about definitions that loaded all the same.",
    }),
  }),
});

builder.mutationFields((t) => ({
  desiredLocations: t.field({
    access: "token",
    type: DesiredLocationsType,
    description:
      "The code locations that should be served. Held up to `waitMs` while the newest revision is `haveRevision`.",
    args: { haveRevision: t.arg.string({ required: false }), waitMs: t.arg.int() },
    resolve: (_root, { haveRevision, waitMs }, context) =>
      waitForDesiredLocations(context, requireAgent(context), haveRevision ?? null, {
        waitMs: readWaitMs(waitMs),
        signal: context.signal,
      }),
  }),
  missingSnapshots: t.stringList({
    access: "token",
    description:
      "Which of these snapshots (SHA-256, hex) the control plane does not have: `PUT snapshots/DIGEST` beside this API takes a gzipped LocationSnapshot.",
    args: { digests: t.arg.stringList() },
    resolve: (_root, { digests }, context) => {
      return listMissingSnapshots(context.db, context.caller.deploymentId, digests);
    },
  }),
  reportLocation: t.boolean({
    access: "agent",
    description: "How one revision of a code location fares on this agent.",
    args: { input: t.arg({ type: ReportLocationInput }) },
    resolve: async (_root, { input }, context) => {
      const report = {
        ...input,
        codeDigest: input.codeDigest ?? null,
        snapshotDigest: input.snapshotDigest ?? null,
        error: input.error ?? null,
        warnings: input.warnings ?? [],
      };
      await reportLocation(context.db, requireAgent(context), report, renameAssets);
      return true;
    },
  }),
}));
