import { isDeepStrictEqual } from "node:util";
import type { LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import {
  DEFINITION_KINDS,
  describeDefinitions,
  type DefinitionFields,
  type DefinitionKind,
} from "./describe-definitions.ts";

/** Changes that are listed one by one; all are counted. */
const MAX_LISTED = 200;
/** Characters of a value as JSON; of a longer one its beginning is shown, as a text. */
const MAX_VALUE_LENGTH = 2_000;

/** A field that two versions of something have otherwise. */
export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A definition that only one of two versions has, or both have otherwise. */
export interface DefinitionChange {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  /** Of one that has changed. */
  readonly fields: readonly FieldChange[];
}

/** How many definitions of a kind have changed. */
export interface ChangeCount {
  readonly kind: DefinitionKind;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** What is different between the definitions of two versions. */
export interface SnapshotChanges {
  /** Of kinds that have changes. */
  readonly counts: readonly ChangeCount[];
  /** By kind and name; the first two hundred. */
  readonly changes: readonly DefinitionChange[];
  readonly hasMore: boolean;
}

/** Compares what two versions define. Where a definition stands in its file, and which code it has, is no change of it. */
export function diffSnapshots(before: LocationSnapshot, after: LocationSnapshot): SnapshotChanges {
  const old = describeDefinitions(before);
  const now = describeDefinitions(after);
  const changes = DEFINITION_KINDS.flatMap((kind) => diffKind(kind, old[kind], now[kind]));
  const counts = DEFINITION_KINDS.map((kind) => countChanges(kind, changes)).filter(
    ({ added, removed, changed }) => added + removed + changed > 0,
  );
  return { counts, changes: changes.slice(0, MAX_LISTED), hasMore: changes.length > MAX_LISTED };
}

/** The fields in which two of a kind differ, in the order of the fields. */
export function diffFields(before: DefinitionFields, after: DefinitionFields): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((field) => {
    const [old = null, now = null] = [before[field], after[field]];
    return isDeepStrictEqual(old, now) ? [] : [{ field, before: shorten(old), after: shorten(now) }];
  });
}

type Described = ReadonlyMap<string, () => DefinitionFields>;

function diffKind(kind: DefinitionKind, before: Described, after: Described): DefinitionChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((name): DefinitionChange[] => {
    const old = before.get(name);
    const now = after.get(name);
    if (old === undefined) return [{ kind, name, change: "added", fields: [] }];
    if (now === undefined) return [{ kind, name, change: "removed", fields: [] }];
    const fields = diffFields(old(), now());
    return fields.length === 0 ? [] : [{ kind, name, change: "changed", fields }];
  });
}

function countChanges(kind: DefinitionKind, changes: readonly DefinitionChange[]): ChangeCount {
  const count = (change: DefinitionChange["change"]) =>
    changes.filter((each) => each.kind === kind && each.change === change).length;
  return { kind, added: count("added"), removed: count("removed"), changed: count("changed") };
}

function shorten(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? value : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}
