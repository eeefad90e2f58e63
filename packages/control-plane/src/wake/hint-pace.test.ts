import { topics } from "@millrace/model/topic";
import { expect, test } from "vitest";
import { createHintPace } from "./hint-pace.ts";

const runs = topics.runs("d");
const assets = topics.assets("d");

/** A pace whose time the test moves. */
function createPace(readers = 1) {
  let now = 1_000;
  const pace = createHintPace({ monotonic: () => now }, () => readers);
  return { ...pace, pass: (milliseconds: number) => void (now += milliseconds) };
}

test("the first hint of a topic is due at once, and those after it together when a pause is over", () => {
  const pace = createPace();
  pace.add([runs]);
  expect(pace.take()).toEqual([runs]);
  expect(pace.msToNext()).toBeUndefined();

  pace.pass(100);
  pace.add([runs, assets]);
  pace.add([runs]);
  expect(pace.take()).toEqual([assets]);
  expect(pace.msToNext()).toBe(150);

  pace.pass(150);
  expect(pace.take()).toEqual([runs]);
  expect(pace.take()).toEqual([]);
});

test("pauses end at the same instants for all readers", () => {
  const pace = createPace();
  pace.pass(60);
  pace.add([runs]);
  pace.take();
  pace.add([runs]);
  expect(pace.msToNext()).toBe(190);
});

test("who watches one run hears of it sooner", () => {
  const pace = createPace();
  const run = topics.run("d", "r");
  pace.add([run, runs]);
  pace.take();
  pace.add([run, runs]);
  expect(pace.msToNext()).toBe(50);
  pace.pass(50);
  expect(pace.take()).toEqual([run]);
});

test("with many readers the pause is longer", () => {
  const pace = createPace(51);
  pace.add([runs]);
  pace.take();
  pace.add([runs]);
  pace.pass(999);
  expect(pace.take()).toEqual([]);
  expect(pace.msToNext()).toBe(1);
  pace.pass(1);
  expect(pace.take()).toEqual([runs]);
});
