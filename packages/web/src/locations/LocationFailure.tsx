import { LOCATION_FAILURE_WORDS } from "@millrace/model/location-failure";
import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { readErrorInfo } from "../ui/error-info.ts";
import { useNow } from "../ui/now.ts";
import { formatAge } from "../ui/time-format.ts";
import type { CodeLocationsQuery } from "./locations.gen.ts";
import styles from "./Locations.module.css";

type Version = NonNullable<CodeLocationsQuery["codeLocations"][number]["latest"]>;

/** Why the newest code did not load, with its stack, and when the agent tries again. */
export function LocationFailure({
  error,
  version,
  open,
}: {
  readonly error: unknown;
  readonly version: Pick<Version, "failure" | "retryAt"> | null;
  readonly open: boolean;
}) {
  const info = readErrorInfo(error);
  if (!info) return null;
  const { failure = null, retryAt = null } = version ?? {};
  return (
    <div role="alert" aria-label="Load error" className={styles["failure"]}>
      {failure === null ? null : (
        <div className="quiet">
          It does not load: {LOCATION_FAILURE_WORDS[failure]}.{" "}
          {retryAt === null ? "It is not tried again before something is changed." : <NextTry at={retryAt} />}
        </div>
      )}
      <ErrorDetails error={info} open={open} />
    </div>
  );
}

function NextTry({ at }: { readonly at: string }) {
  const now = useNow(1_000);
  const instant = new Date(at);
  return instant > now ? `The next try is ${formatAge(instant, now)}.` : "It is being tried again.";
}
