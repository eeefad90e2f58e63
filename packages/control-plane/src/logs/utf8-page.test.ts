import { expect, test } from "vitest";
import { readUtf8Page } from "./utf8-page.ts";

const bytes = Buffer.from("aé€😀z");

test("pages of any size put together are the text, whatever characters they would cut", () => {
  for (let size = 4; size <= bytes.length; size++) {
    let text = "";
    for (let at = 0; at < bytes.length;) {
      const page = readUtf8Page(bytes.subarray(at, at + size), at === 0, at + size >= bytes.length);
      text += page.text;
      at += page.skipped + page.length;
    }
    expect(text).toBe("aé€😀z");
  }
});

test("a page from the middle of a character starts with the next one", () => {
  expect(readUtf8Page(bytes.subarray(2), false, true)).toEqual({ text: "€😀z", skipped: 1, length: 8 });
});

test("a character that is not complete yet waits, until the stream has ended", () => {
  const cut = bytes.subarray(0, 5);

  expect(readUtf8Page(cut, true, false)).toEqual({ text: "aé", skipped: 0, length: 3 });
  expect(readUtf8Page(cut, true, true)).toEqual({ text: "aé\uFFFD", skipped: 0, length: 5 });
});

test("bytes that are no UTF-8 are shown and never hold a reader up", () => {
  expect(readUtf8Page(Uint8Array.of(0xff, 0xfe, 0x41), true, false)).toEqual({
    text: "\uFFFD\uFFFDA",
    skipped: 0,
    length: 3,
  });
  expect(readUtf8Page(new Uint8Array(8).fill(0x80), true, false).length).toBe(8);
});
