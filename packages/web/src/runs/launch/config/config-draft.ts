import { isObject, type JsonSchema } from "@millrace/model/config/json-schema";
import { useCallback, useMemo, useState } from "react";
import { type ConfigPath, type ConfigProblem, listProblems } from "./config-problems.ts";
import { startConfig } from "./config-sections.ts";
import { readJson } from "./read-json.ts";

/** A run config while somebody writes it, as a form or as JSON; both ways show the same. */
export interface ConfigDraft {
  /** What would be launched. */
  readonly config: unknown;
  /** What keeps it from being launched. */
  readonly problems: readonly ConfigProblem[];
  /** The JSON as it is written; null: it is written as a form. */
  readonly text: string | null;
  /** Why the text is no config at all; null when it is one. */
  readonly unreadable: string | null;
  /** Whether it is what it began with. */
  readonly untouched: boolean;
  /** Changes the config, given what it is by then. */
  readonly edit: (change: (config: unknown) => unknown) => void;
  readonly setText: (text: string) => void;
  /** Goes on in the other way; from JSON only once that can be read. */
  readonly switchTo: (mode: "form" | "json") => void;
  readonly startOver: () => void;
  /** Says that a part of a form can't be read yet; null: it can. */
  readonly reportDraft: (path: ConfigPath, message: string | null) => void;
}

/** Holds a run config that begins with the job's own. */
export function useConfigDraft(schema: JsonSchema, defaultConfig: unknown): ConfigDraft {
  const start = useMemo(() => startConfig(schema, defaultConfig), [schema, defaultConfig]);
  const [config, setConfig] = useState(start);
  const [text, setText] = useState<string | null>(null);
  const [drafts, setDrafts] = useState<ReadonlyMap<string, string>>(new Map());
  const reportDraft = useCallback((path: ConfigPath, message: string | null) => {
    const place = JSON.stringify(path);
    setDrafts((old) => {
      if ((old.get(place) ?? null) === message) return old;
      const others = [...old].filter(([other]) => other !== place);
      return new Map(message === null ? others : [...others, [place, message]]);
    });
  }, []);
  const unreadable = text === null ? null : whyUnreadable(text);
  const listed = useMemo(() => listProblems(schema, config), [schema, config]);
  const problems =
    unreadable === null
      ? [...listed, ...[...drafts].map(toProblem)]
      : [{ path: [], message: unreadable, sentence: unreadable, missing: false }];
  return {
    config,
    problems,
    text,
    unreadable,
    untouched: config === start && (text === null || text === format(start)),
    edit: setConfig,
    setText(next) {
      setText(next);
      if (whyUnreadable(next) === null) setConfig(parse(next));
    },
    switchTo(mode) {
      if (mode === "json") setText(format(config));
      else if (unreadable === null) setText(null);
    },
    startOver() {
      setConfig(start);
      setText((old) => (old === null ? null : format(start)));
    },
    reportDraft,
  };
}

function toProblem([place, message]: readonly [string, string]): ConfigProblem {
  return { path: JSON.parse(place) as ConfigPath, message, sentence: message, missing: false };
}

function format(config: unknown): string {
  return JSON.stringify(config, null, 2);
}

function parse(text: string): unknown {
  const read = readJson(text);
  return read.ok ? (read.value ?? {}) : null;
}

function whyUnreadable(text: string): string | null {
  const read = readJson(text);
  if (!read.ok) return read.message;
  return isObject(read.value ?? {}) ? null : "A run config is an object: { … }";
}
