import { chromium, type Browser, type Page } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
];

let launched: Promise<Browser> | undefined;

/** Debian's Chromium, without a window and without a network but loopback: one for all files of this process, with which it ends. */
function launchBrowser(): Promise<Browser> {
  launched ??= chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  return launched;
}

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 375, height: 812 };

/** A page at `url` that knows of no other one, where nothing moves by itself: drawing what pulses would take a core for as long as a run does. */
export async function openPage(url: string): Promise<Page> {
  const context = await (await launchBrowser()).newContext({ baseURL: url, reducedMotion: "reduce" });
  return context.newPage();
}
