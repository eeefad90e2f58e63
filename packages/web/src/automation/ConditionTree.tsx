import { useState } from "react";
import { Age } from "../ui/Time.tsx";
import { foldAlike, stateOfPart, type ConditionPart, type PartState } from "./condition-part.ts";
import styles from "./ConditionTree.module.css";

const MARKS: Record<PartState, { readonly mark: string; readonly says: string; readonly sayAll: string }> = {
  holds: { mark: "✓", says: "holds", sayAll: "all hold" },
  fails: { mark: "✗", says: "does not hold", sayAll: "none holds" },
  unasked: { mark: "–", says: "not asked", sayAll: "none is asked" },
};

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
  const state = stateOfPart(part);
  return (
    <li>
      <div className={styles["part"]}>
        <Mark state={state} />
        <span className={styles["words"]} data-quiet={state === "unasked" || undefined}>
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
          {foldAlike(children).map((parts, index) => (
            // A condition may have the same part twice; parts never change places.
            <Parts key={index} parts={parts} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function Mark({ state }: { readonly state: PartState }) {
  return (
    <span aria-label={MARKS[state].says} role="img">
      {MARKS[state].mark}
    </span>
  );
}

/** One part, or parts that are alike in one line that opens. */
function Parts({ parts }: { readonly parts: readonly ConditionPart[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const [first] = parts;
  if (first === undefined) return null;
  if (parts.length === 1) return <Part part={first} />;
  const state = stateOfPart(first);
  return (
    <li>
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary className={styles["alike"]}>
          {MARKS[state].mark} <span className="mono">{first.name}</span>{" "}
          <span className="quiet">
            of {parts.length}, {MARKS[state].sayAll}
          </span>
        </summary>
        {isOpen ? (
          <ul className={styles["tree"]}>
            {parts.map((part, index) => (
              <Part key={index} part={part} />
            ))}
          </ul>
        ) : null}
      </details>
    </li>
  );
}
