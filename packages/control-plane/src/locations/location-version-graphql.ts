import type { LocationDocument } from "@millrace/model/location-document";
import {
  LOCATION_FAILURE_WORDS,
  LOCATION_FAILURES,
  type LocationFailure,
} from "@millrace/model/location-failure";
import { builder } from "../graphql/builder.ts";
import { VERSION_REASONS, VERSION_STATES, type LocationVersion } from "./version-store.ts";

const VersionStateType = builder.enumType("LocationVersionState", {
  description:
    "pending: no agent has taken it up; starting: an agent loads it; ready: it has loaded; degraded: it has, and its definitions answer, but its code can't be loaded again; failed: it does not load.",
  values: VERSION_STATES,
});

const LocationFailureType = builder.enumType("LocationFailure", {
  description: "Why a version of a code location does not load.",
  values: Object.fromEntries(
    LOCATION_FAILURES.map((failure) => [failure, { description: LOCATION_FAILURE_WORDS[failure] }]),
  ) as { [F in LocationFailure]: { readonly description: string } },
});

const VersionReasonType = builder.enumType("LocationVersionReason", { values: VERSION_REASONS });

/** One revision of a code location. */
export const LocationVersionType = builder.objectRef<LocationVersion>("LocationVersion").implement({
  fields: (t) => ({
    revision: t.exposeInt("revision"),
    state: t.expose("state", { type: VersionStateType }),
    document: t.expose("document", {
      type: "JSON",
      nullable: true,
      description:
        "What it was made from; null, as the three below, for one older than the history of versions.",
    }),
    gitCommit: t.string({
      nullable: true,
      description: "The commit that its document names.",
      resolve: ({ document }) => (document as Partial<LocationDocument> | null)?.gitCommit ?? null,
    }),
    askedBy: t.exposeString("askedBy", { nullable: true, description: "Who asked for it." }),
    reason: t.expose("reason", { type: VersionReasonType, nullable: true }),
    basedOn: t.exposeInt("basedOn", {
      nullable: true,
      description: "Of one that was rolled back: the revision whose document it has.",
    }),
    codeDigest: t.exposeString("codeDigest", { nullable: true }),
    error: t.expose("error", { type: "JSON", nullable: true }),
    failure: t.expose("failure", {
      type: LocationFailureType,
      nullable: true,
      description: "Why it does not load, of one that is degraded or failed.",
    }),
    retryAt: t.expose("retryAt", {
      type: "DateTime",
      nullable: true,
      description: "When the agent tries again; null: it waits for a change.",
    }),
    warnings: t.exposeStringList("warnings", {
      description:
        "What is odd about definitions that loaded all the same, such as an asset that is exported and not registered.",
    }),
    agentId: t.exposeString("agentId", { nullable: true }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was asked for." }),
    loadedAt: t.expose("loadedAt", { type: "DateTime", nullable: true }),
  }),
});

/** One page of the versions of a code location. */
export const LocationVersionConnectionType = builder
  .objectRef<{ readonly nodes: readonly LocationVersion[]; readonly hasMore: boolean }>(
    "LocationVersionConnection",
  )
  .implement({
    fields: (t) => ({
      nodes: t.expose("nodes", { type: [LocationVersionType] }),
      hasMore: t.exposeBoolean("hasMore"),
    }),
  });
