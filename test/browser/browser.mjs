// A browser that reaches nothing: what the tests have in common.
import { chromium } from "playwright-core";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** launch starts Chromium as Debian has it; CHROMIUM names another. */
export function launch() {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`${executablePath} is missing: apt-get install chromium, or set CHROMIUM`);
  return chromium.launch({ executablePath });
}

/** scaler runs bin/scaler from the repository's root. Exit codes other than 0 throw. */
export async function scaler(...args) {
  const { stdout } = await promisify(execFile)(root + "bin/scaler", args, { cwd: root });
  return stdout;
}

/**
 * open opens a file in a page of its own. Troubles are whatever a reader must never
 * meet: messages of the console, errors, and requests for anything but the file.
 */
export async function open(browser, file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const troubles = [];
  const own = "file://" + file;
  await context.route("**/*", (route) => (route.request().url() === own ? route.continue() : route.abort()));
  const page = await context.newPage();
  page.on("console", (m) => troubles.push(`console: ${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => troubles.push(`error: ${e.message}`));
  page.on("request", (r) => r.url() === own || troubles.push(`request: ${r.url()}`));
  page.on("websocket", (w) => troubles.push(`websocket: ${w.url()}`));
  await page.goto(own);
  return { page, troubles, close: () => context.close() };
}

/** pixels counts the pixels of a chart's canvas that have a colour, #rrggbb, nearly. */
export function pixels(page, chart, colour) {
  return page.evaluate(([chart, colour]) => {
    const canvas = document.querySelector(`#${chart} canvas`);
    if (!canvas) return 0;
    // Of a copy: many reads of the canvas itself would be warned of.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const want = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    let n = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] > 200 && want.every((w, k) => Math.abs(w - data[i + k]) < 12)) n++;
    }
    return n;
  }, [chart, colour]);
}

/** edges are the instants at the left and the right edge of a chart, as its legend tells them. */
export async function edges(page, chart) {
  const over = page.locator(`#${chart} .u-over`);
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  const told = [];
  for (const x of [1, box.width - 2]) {
    await over.hover({ position: { x, y: box.height / 2 } });
    const text = await page.locator(`#${chart} .u-legend .u-value`).first().textContent();
    told.push(Date.parse(text.replace(" ", "T") + "Z") / 1000);
  }
  return told;
}

/** drag draws a zoom from one share of a chart's width to another. */
export async function drag(page, chart, from, to) {
  const over = page.locator(`#${chart} .u-over`);
  await over.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await over.boundingBox();
  await page.mouse.move(x + from * width, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + to * width, y + height / 2, { steps: 5 });
  await page.mouse.up();
}
