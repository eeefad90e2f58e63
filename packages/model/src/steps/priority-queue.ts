/** A binary heap: `push` and `pop` take O(log n). Ties leave in no particular order, so compare to the end. */
export interface PriorityQueue<T> {
  readonly size: number;
  push(item: T): void;
  /** Removes and returns the first item. */
  pop(): T | undefined;
  peek(): T | undefined;
}

/** Creates an empty queue; `isBefore(a, b)` says whether `a` leaves before `b`. */
export function createPriorityQueue<T>(isBefore: (a: T, b: T) => boolean): PriorityQueue<T> {
  const heap: T[] = [];
  const lift = (item: T, from: number): void => {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(item, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = item;
  };
  const sink = (item: T): void => {
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex++;
      }
      if (!isBefore(child, item)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = item;
  };
  return {
    get size() {
      return heap.length;
    },
    push(item) {
      lift(item, heap.length);
    },
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) sink(last);
      return first;
    },
    peek() {
      return heap[0];
    },
  };
}
