import { IconPlugConnectedX } from "@tabler/icons-react";
import { useConnection } from "../graphql/connection.ts";
import { formatClock } from "../ui/time-format.ts";
import { Age } from "../ui/Time.tsx";
import styles from "./ConnectionBanner.module.css";

/** Says that the control plane does not answer, and since when; what the page shows stays. */
export function ConnectionBanner() {
  const { awaySince } = useConnection();
  if (awaySince === null) return null;
  return (
    <div role="alert" className={styles["banner"]}>
      <IconPlugConnectedX size={16} aria-hidden />
      <span>
        The control plane has not answered since {formatClock(awaySince).slice(0, 8)} (<Age at={awaySince} />
        ). What you see is from before; it refreshes by itself.
      </span>
    </div>
  );
}
