import { UnknownDefinition } from "../api/unknown-definition.ts";
import { expectedFailure } from "./expected-failure.ts";

/** Something that the request names is not there. */
export const UnknownThing = expectedFailure("UnknownDefinition", [UnknownDefinition], {
  description: "A job, asset, partition or location that is not there, or a run that is not.",
});
