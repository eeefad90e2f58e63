import { useVirtualizer, useWindowVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import type { RefObject } from "react";

// TanStack Virtual answers functions that React Compiler can't memoize; this app is built without it.
/* oxlint-disable react/incompatible-library */

/** Which rows of a long list are in view of its scroller; `rowHeight` is an estimate when rows are measured. */
export function useVirtualRows(
  scroller: RefObject<HTMLDivElement | null>,
  count: number,
  rowHeight: number,
  rowKey: (index: number) => string | number = (index) => index,
): Virtualizer<HTMLDivElement, Element> {
  return useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: rowKey,
    overscan: 12,
  });
}

/** The same for a list that scrolls with the page; `offset` is how far below the page's top it begins. */
export function useVirtualPageRows(
  count: number,
  rowHeight: number,
  offset: number,
): Virtualizer<Window, Element> {
  return useWindowVirtualizer({ count, estimateSize: () => rowHeight, overscan: 20, scrollMargin: offset });
}
