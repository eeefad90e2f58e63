import { Option } from "commander";
import { DEFAULT_URL } from "../user-api/client.ts";

/** `--url`: which control plane a command talks to. */
export function urlOption(): Option {
  return new Option("--url <url>", "the control plane's address").env("MILLRACE_URL").default(DEFAULT_URL);
}
