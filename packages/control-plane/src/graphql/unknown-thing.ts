import { UnknownDefinition } from "../api/unknown-definition.ts";
import { expectedFailure } from "./expected-failure.ts";

/** Something that the request names is not there. */
export const UnknownThing = expectedFailure("UnknownDefinition", [UnknownDefinition], {
  description:
    "A job, asset, partition or location that is not there, or a run that is not; or a partition that is wanted and not named.",
  fields: (t) => ({
    code: t.string({
      description: "unknown_definition or partition_required",
      resolve: ({ error }) => error.code,
    }),
  }),
});
