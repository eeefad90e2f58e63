import type { Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useLayoutEffect, useState } from "react";

const AT_END_PX = 32;

/**
 * Keeps a list's end in view while it grows, until the reader scrolls up; `toEnd` goes back to it.
 * `stickAtFirst`: whether the end is shown from the beginning.
 */
export function useTail(
  scroller: RefObject<HTMLDivElement | null>,
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  stickAtFirst: boolean,
): { readonly stuck: boolean; readonly onScroll: () => void; readonly toEnd: () => void } {
  const [stuck, setStuck] = useState(stickAtFirst);
  const height = virtualizer.getTotalSize();
  useLayoutEffect(() => {
    // Further than it goes: the end, whatever stands around the rows.
    if (stuck) scroller.current?.scrollTo({ top: height + 1_000 });
  }, [stuck, height, scroller]);
  return {
    stuck,
    onScroll: () => {
      const element = scroller.current;
      if (element) setStuck(element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX);
    },
    toEnd: () => setStuck(true),
  };
}
