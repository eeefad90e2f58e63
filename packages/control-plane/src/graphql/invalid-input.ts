import { BadRequest } from "../api/bad-request.ts";
import { expectedFailure } from "./expected-failure.ts";

/** Input that can't be used; the message says why. A noun with errors of its own takes the type with these as `classes`. */
export const InvalidInput = expectedFailure("InvalidInput", [BadRequest]);
