import { expect, test, vi } from "vitest";
import { Follower } from "./follower.ts";

test("it reads on while there is more, and tells each time", async () => {
  const pages = [
    { news: true, more: true },
    { news: true, more: false },
  ];
  const follower = new Follower(async () => pages.shift() ?? { news: false, more: false });
  const versions: number[] = [];
  follower.subscribe(() => versions.push(follower.version));

  follower.open();

  await vi.waitFor(() => expect(follower.caughtUp).toBe(true));
  expect(versions).toEqual([1, 2]);
});

test("a hint during a request is not lost", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let requests = 0;
  const follower = new Follower(async () => {
    requests += 1;
    if (requests === 1) await promise;
    return { news: false, more: false };
  });

  follower.open();
  follower.refresh();
  resolve();

  await vi.waitFor(() => expect(requests).toBe(2));
});

test("a failed request leaves it able to go on", async () => {
  let requests = 0;
  const follower = new Follower(async () => {
    requests += 1;
    if (requests === 1) throw new Error("away");
    return { news: true, more: false };
  });
  follower.open();

  await vi.waitFor(() => {
    follower.refresh();
    expect(follower.caughtUp).toBe(true);
  });

  expect(follower.version).toBeGreaterThan(0);
});

test("once closed it tells nothing, and it can be opened again", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let requests = 0;
  const follower = new Follower(async () => {
    requests += 1;
    if (requests === 1) await promise;
    return { news: true, more: false };
  });
  follower.open();
  follower.close();
  resolve();
  follower.open();

  await vi.waitFor(() => expect(follower.caughtUp).toBe(true));
  expect(follower.version).toBe(1);
});
