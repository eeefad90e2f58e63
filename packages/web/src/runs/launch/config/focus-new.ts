import { useEffect, useRef, type RefObject } from "react";

/**
 * Puts the cursor into the first input of what was added last to a list of rows.
 *
 * @returns the list's element, and what to call before adding a row.
 */
export function useFocusOnNew(): readonly [RefObject<HTMLOListElement | null>, () => void] {
  const container = useRef<HTMLOListElement>(null);
  const wanted = useRef(false);
  useEffect(() => {
    if (!wanted.current) return;
    wanted.current = false;
    container.current?.lastElementChild?.querySelector<HTMLElement>("input, textarea, button")?.focus();
  });
  return [
    container,
    () => {
      wanted.current = true;
    },
  ];
}
