import { UnknownThing } from "../../graphql/unknown-thing.ts";
import { InvalidReport, parseReportedEvent, type ReportedKind } from "@millrace/model/reported-event";
import { builder, TagInputType } from "../../graphql/builder.ts";
import { expectedFailure, resultType } from "../../graphql/expected-failure.ts";
import { reportAssetEvent } from "./report-asset-events.ts";

const ReportedKindType = builder.enumType("ReportedKind", {
  description: "What is reported of an asset that no run of this deployment has made, or looked at.",
  values: {
    MATERIALIZATION: { value: "materialization", description: "It was made." },
    OBSERVATION: { value: "observation", description: "Somebody looked at it." },
    CHECK: { value: "check", description: "One of its checks was evaluated." },
  } as const satisfies Record<Uppercase<ReportedKind>, object>,
});

const ReportAssetEventInput = builder.inputType("ReportAssetEventInput", {
  fields: (t) => ({
    kind: t.field({ type: ReportedKindType, required: true }),
    assetKey: t.string({ required: true }),
    partitionKey: t.string({
      description: "Null: the asset as a whole. A materialization of a partitioned asset must say one.",
    }),
    metadata: t.field({
      type: "JSON",
      description:
        "Names to values: plain ones, which get the type that fits them, or a MetadataValue, see @millrace/model/metadata.",
    }),
    description: t.string({ description: "One sentence for people." }),
    tags: t.field({ type: [TagInputType], description: "Not of a check." }),
    dataVersion: t.string({
      description:
        "Not of a check. A materialization without one is new data; an observation without one changes no version.",
    }),
    checkName: t.string({ description: "Of a check." }),
    passed: t.boolean({ description: "Of a check." }),
    severity: t.string({ description: "Of a check that did not pass: WARN or ERROR. Default: ERROR." }),
    idempotencyKey: t.string({ description: "Two reports with one key are one, for a week." }),
  }),
});

const ReportedAssetEventType = builder
  .objectRef<{ readonly isNew: boolean }>("ReportedAssetEvent")
  .implement({
    fields: (t) => ({
      isNew: t.exposeBoolean("isNew", {
        description: "False: a report with this key was there before, and this one has changed nothing.",
      }),
    }),
  });

const ReportAssetEventResult = resultType("ReportAssetEventResult", ReportedAssetEventType, [
  expectedFailure("InvalidReport", [InvalidReport]),
  UnknownThing,
]);

builder.mutationField("reportAssetEvent", (t) =>
  t.field({
    access: { action: "asset.report", audit: ["input.kind", "input.assetKey", "input.partitionKey"] },
    type: ReportAssetEventResult.type,
    description: "Says that an asset was made, seen or checked elsewhere. It counts as what a run says.",
    args: { input: t.arg({ type: ReportAssetEventInput, required: true }) },
    resolve: (_root, { input }, { db, deploymentId, viewer }) =>
      ReportAssetEventResult.of(async () => {
        const { idempotencyKey = null, tags, ...fields } = input;
        const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
        const event = parseReportedEvent({
          ...Object.fromEntries(given),
          ...(tags ? { tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) } : {}),
        });
        return {
          isNew: await reportAssetEvent(db, { deploymentId, name: viewer.name }, event, idempotencyKey),
        };
      }),
  }),
);
