import type { JsonSchema } from "@millrace/model/config/json-schema";
import { type ComponentType, createContext, useContext } from "react";
import type { ConfigPath, ConfigProblem } from "./config-problems.ts";

/** What every field of a config form needs. */
export interface ConfigFormState {
  /** The input for one place, whatever it is: fields that hold others show them with it. */
  readonly Field: ComponentType<FieldProps>;
  /** Schema of the whole config, which references lead into. */
  readonly root: JsonSchema;
  readonly problems: readonly ConfigProblem[];
  /** Whether what is missing is marked too: after somebody tried to launch. */
  readonly showMissing: boolean;
  /** Says that what is written at a place can't be read yet, so that nothing is launched without it; null: it can. */
  readonly reportDraft: (path: ConfigPath, message: string | null) => void;
}

export const ConfigFormContext = createContext<ConfigFormState | null>(null);

/** The form that a field is in. */
export function useConfigForm(): ConfigFormState {
  const form = useContext(ConfigFormContext);
  if (form === null) throw new Error("A field of a config stands outside of a form");
  return form;
}

/** One place of a config in a form. */
export interface FieldProps {
  /** What stands above the field. */
  readonly label: string;
  /** Whether the label is for screen readers only. */
  readonly bare?: boolean;
  readonly schema: JsonSchema;
  readonly value: unknown;
  /** What counts when nothing is given, as the default of an object around it says; undefined: as the field's own says. */
  readonly inherited?: unknown;
  readonly required: boolean;
  readonly path: ConfigPath;
  /** Undefined: nothing is given any more. */
  readonly onChange: (value: unknown) => void;
}

/** What a field shows as its error; null: nothing to complain about. */
export function errorOf(form: ConfigFormState, path: ConfigPath): string | null {
  const problems = form.problems.filter(
    (problem) =>
      problem.path.length === path.length &&
      problem.path.every((part, index) => part === path[index]) &&
      (form.showMissing || !problem.missing),
  );
  return problems.length === 0 ? null : problems.map(({ message }) => message).join(". ");
}
