import { Age } from "../ui/Time.tsx";
import styles from "./ConditionTree.module.css";

/** One part of a condition, as the API answers it: of an evaluation that is kept, or as it is now. */
export interface ConditionPart {
  readonly name: string;
  readonly target: string;
  readonly candidates: number;
  readonly count: number;
  /** Now: for one partition. Kept: for which of them. */
  readonly holds: unknown;
  readonly lastMaterialized?: string | null;
  readonly lastFailed?: string | null;
  readonly children: readonly ConditionPart[];
}

/** A condition with what each part of it saw. */
export function ConditionTree({ part, label }: { readonly part: ConditionPart; readonly label?: string }) {
  return (
    <ul className={styles["tree"]} aria-label={label}>
      <Part part={part} />
    </ul>
  );
}

function Part({ part }: { readonly part: ConditionPart }) {
  const { name, target, candidates, count, children, lastMaterialized = null, lastFailed = null } = part;
  const holds = typeof part.holds === "boolean" ? part.holds : count > 0;
  // Parts before it have left nothing to ask about.
  const isAsked = candidates > 0;
  return (
    <li>
      <div className={styles["part"]}>
        <span aria-label={isAsked ? (holds ? "holds" : "does not hold") : "not asked"} role="img">
          {isAsked ? (holds ? "✓" : "✗") : "–"}
        </span>
        <span className={styles["words"]} data-quiet={!isAsked || undefined}>
          <span className="mono">{name}</span>{" "}
          <span className="quiet">
            {target}
            {candidates > 1 ? `, ${count} of ${candidates}` : null}
            {lastMaterialized === null ? null : (
              <>
                , materialized <Age at={lastMaterialized} />
              </>
            )}
            {lastFailed === null ? null : (
              <>
                , failed <Age at={lastFailed} />
              </>
            )}
          </span>
        </span>
      </div>
      {children.length > 0 ? (
        <ul className={styles["tree"]}>
          {children.map((child, index) => (
            // A condition may have the same part twice; parts never change places.
            <Part key={index} part={child} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}
