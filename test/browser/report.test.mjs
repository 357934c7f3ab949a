// The report of `scaler replay --html`, as a reader's browser has it.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { drag, edges, launch, open, pixels, scaler } from "./browser.mjs";

const light = ["#0969da", "#cf222e", "#1a7f37", "#9a6700"];
const dark = ["#58a6ff", "#ff7b72", "#3fb950", "#d29922"];
const timed = ["demand", "ready", "late"];
const rivals = ["--against", "hpa,kpa,target-tracking"];
const shots = process.env.SCREENSHOTS; // a directory for pictures; unset: none

let browser, dir, late, changed, swept;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "scaler-browser-"));
  [late, changed, swept] = ["late", "changed", "swept"].map((name) => join(dir, name + ".html"));
  if (shots) await mkdir(shots, { recursive: true });
  const rows = Array.from({ length: 60 }, (_, i) => `2026-03-02T00:${String(i).padStart(2, "0")}:00Z,${i < 30 ? 20 : 200}`);
  rows.splice(10, 5); // a gap
  await writeFile(join(dir, "hour.csv"), ["timestamp,value", ...rows, ""].join("\n"));
  [browser] = await Promise.all([
    launch(),
    scaler("replay", "-f", "examples/replay.yaml", ...rivals, "--html", late),
    scaler("replay", "-f", "examples/replay-changed.yaml", ...rivals, "--html", changed),
    scaler("replay", "-f", "examples/replay.yaml", "--trace", join(dir, "hour.csv"), "--against", "hpa,keda", "--sweep", "--html", swept),
  ]);
});

after(async () => {
  await browser?.close();
  if (dir) await rm(dir, { recursive: true, force: true });
});

/** reading runs a test on a page, and nothing may have gone wrong in it. */
function reading(name, file, options, run) {
  test(name, async () => {
    const { page, troubles, close } = await open(browser, file(), options);
    await run(page);
    assert.deepEqual(troubles, []);
    await close();
  });
}

async function shoot(page, name, options) {
  if (shots) await page.screenshot({ path: join(shots, name), ...options });
}

// drawn wants every policy among the replicas, and the late ones in what is late, soon.
async function drawn(page, colours, least = 50, patience = 5000) {
  const want = colours.map((c) => ["ready", c]).concat([["late", colours[0]], ["late", colours[3]]]);
  const until = Date.now() + patience;
  for (const [chart, colour] of want) {
    let n;
    while ((n = await pixels(page, chart, colour)) < least && Date.now() < until) await page.waitForTimeout(20);
    assert.ok(n >= least, `${chart}: the line in ${colour} has ${n} pixels`);
  }
}

reading("every line is drawn", () => late, {}, async (page) => {
  await drawn(page, light);
  assert.ok((await pixels(page, "demand", "#1b1f24")) > 200, "arrivals");
  assert.ok((await pixels(page, "ready", "#57606a")) > 200, "the oracle");
  await shoot(page, "replay.png", { clip: { x: 0, y: 0, width: 1100, height: 1480 }, fullPage: true });
});

reading("the flash crowd stands out in what is late", () => late, {}, async (page) => {
  assert.match(await page.locator(".verdict").textContent(), /was late: 13\.6 % took longer than 10 s, worst from 2026-03-02 14:43 UTC/);
  const [crowd, before] = await page.evaluate(() => {
    const of = (from, to) => Math.max(...report.runs[0].late.filter((_, i) => report.times[i] % 86400 >= from * 3600 && report.times[i] % 86400 < to * 3600));
    return [of(14.5, 15.2), of(0, 14.4)];
  });
  assert.ok(crowd > 2.5 * before, `${crowd} a second in the crowd, ${before} before`);
});

reading("the changed policy is not late", () => changed, {}, async (page) => {
  assert.match(await page.locator(".verdict").textContent(), /was never late: nothing took longer than 10 s/);
  assert.equal(await page.evaluate(() => Math.max(...report.runs[0].late)), 0);
  await shoot(page, "changed.png", { fullPage: true });
});

reading("a drag zooms all charts, a double click shows all", () => late, {}, async (page) => {
  const whole = await edges(page, "demand");
  assert.ok(whole[1] - whole[0] > 86000, `a day: ${whole}`);
  for (const chart of timed) {
    await drag(page, chart, 0.55, 0.7);
    const zoomed = await edges(page, chart);
    assert.ok(zoomed[1] - zoomed[0] < 0.2 * 86400, `${chart} zoomed to ${zoomed}`);
    for (const other of timed) assert.deepEqual(await edges(page, other), zoomed, `${other}, when ${chart} is zoomed`);
    if (chart === "late") await shoot(page, "zoomed.png");
    await page.locator(`#${chart} .u-over`).dblclick();
    for (const other of timed) assert.deepEqual(await edges(page, other), whole, `${other}, after a double click on ${chart}`);
  }
});

reading("a cursor moves in all charts", () => late, {}, async (page) => {
  await page.locator("#demand .u-over").hover({ position: { x: 500, y: 50 } });
  const told = await Promise.all(timed.map((c) => page.locator(`#${c} .u-legend .u-value`).first().textContent()));
  assert.match(told[0], /^2026-03-02 1\d:/);
  assert.deepEqual(told, [told[0], told[0], told[0]]);
});

reading("everything can be done from the keyboard", () => late, {}, async (page) => {
  const press = async (selector, key) => { await page.locator(selector).focus(); await page.keyboard.press(key); };
  const whole = await edges(page, "ready");
  await press("button[data-from] >> nth=0", "Enter");
  const [from, to] = await edges(page, "late");
  assert.ok(from > Date.parse("2026-03-02T14:00Z") / 1000 && to < Date.parse("2026-03-02T15:30Z") / 1000, `the worst minutes: ${from} to ${to}`);
  await press("#closer", "Enter");
  const closer = await edges(page, "ready");
  assert.ok(closer[1] - closer[0] < 0.6 * (to - from), `closer: ${closer}`);
  await press("#wider", "Enter");
  assert.deepEqual(await edges(page, "ready"), [from, to]);
  await press("#all", "Enter");
  assert.deepEqual(await edges(page, "ready"), whole);

  await press("#choice input >> nth=1", "Space"); // hpa goes
  assert.equal(await pixels(page, "ready", light[1]), 0);
  await page.locator("#ready .u-legend .u-series", { hasText: "hpa" }).locator("th").click(); // and comes again
  assert.ok((await pixels(page, "ready", light[1])) > 50);
  assert.ok(await page.locator("#choice input >> nth=1").isChecked());

  await press("summary:has-text('The same as a table')", "Enter");
  await page.locator("#table tr").nth(400).waitFor();
});

reading("a dark page is drawn in dark colours", () => late, { colorScheme: "dark" }, async (page) => {
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(13, 17, 23)");
  await drawn(page, dark);
  assert.equal(await pixels(page, "ready", light[0]), 0);
  await shoot(page, "dark.png", { fullPage: true });
});

reading("an open page follows the system's colours", () => late, {}, async (page) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await drawn(page, dark);
  await page.emulateMedia({ colorScheme: "light" });
  await drawn(page, light);
});

reading("a dark page prints dark on white", () => late, { colorScheme: "dark" }, async (page) => {
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  await drawn(page, light, 20);
  assert.ok((await pixels(page, "demand", "#000000")) > 100, "arrivals in black");
  const marks = await page.locator("#ready .u-marker").evaluateAll((all) => all.map((m) => getComputedStyle(m).borderTopColor));
  assert.deepEqual(marks.slice(1, 5), light.map((c) => `rgb(${[1, 3, 5].map((at) => parseInt(c.slice(at, at + 2), 16)).join(", ")})`));
  assert.equal(await page.locator("#choice").isVisible(), false);
  const widest = await page.evaluate(() => Math.max(...[...document.querySelectorAll(".uplot")].map((u) => u.offsetWidth)));
  assert.ok(widest <= 700, `a chart is ${widest} px wide, which paper cuts`);
  assert.ok((await page.pdf({ format: "A4" })).length > 20_000);
  await shoot(page, "print.png", { fullPage: true });
});

reading("a phone scrolls one way", () => late, { viewport: { width: 360, height: 700 } }, async (page) => {
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  await drawn(page, light, 20);
});

reading("a sweep's frontier is drawn, and a gap is a gap", () => swept, {}, async (page) => {
  for (const colour of light.slice(0, 3)) assert.ok((await pixels(page, "frontier", colour)) > 30, colour);
  assert.deepEqual(await page.evaluate(() => report.demand.filter((v, i) => v === null && report.times[i] % 3600 >= 600 && report.times[i] % 3600 < 900).length > 100 && report.demand.every((v) => v !== 0)), true);
  await shoot(page, "swept.png", { fullPage: true });
  await page.locator("summary:has-text('The same as a table') >> nth=0").click();
  await page.locator("#table td:text-is('gap')").nth(10).waitFor();
});

reading("it can be read by everybody", () => swept, {}, async (page) => {
  assert.match(await page.title(), /orders-worker on hour\.csv/);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.equal(await page.locator("h1").count(), 1);
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  await page.locator("#table tr").nth(3).waitFor();
  assert.equal(await page.locator("table:not(.u-legend) th:not([scope])").count(), 0);
  for (const id of [...timed, "frontier"]) assert.match(await page.locator("#" + id).getAttribute("aria-label"), /chart/);
});

for (const colorScheme of ["light", "dark"]) {
  reading(`${colorScheme} colours have contrast`, () => late, { colorScheme }, async (page) => {
    const [ground, ...inks] = await page.evaluate(() => ["--ground", "--text", "--soft"].map((n) => getComputedStyle(document.documentElement).getPropertyValue(n).trim()));
    const mark = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--mark").trim());
    for (const ink of inks) for (const on of [ground, mark]) assert.ok(contrast(ink, on) >= 4.5, `text ${ink} on ${on}`);
    for (const line of colorScheme === "dark" ? dark : light) assert.ok(contrast(line, ground) >= 3, `line ${line} on ${ground}`);
  });
}

test("a report is small", async () => {
  for (const file of [late, changed, swept]) assert.ok((await stat(file)).size < 1 << 20, file);
});

// What the tests above rest on can fail.
for (const [name, breaks, troubles] of [
  ["a foreign picture", (t) => t.replace("<main>", `<main><img src="http://scaler.example/x.png">`), /scaler\.example/],
  ["an error", (t) => t.replace('"use strict";', '"use strict"; nowhere();'), /nowhere is not defined/],
  ["an empty chart", (t) => t.replace("c.redraw()", "0").replace("...report.runs.map(r => r.ready)", "...report.runs.map(r => [])"), /^$/],
]) {
  test(`${name} would be noticed`, async () => {
    const broken = join(dir, "broken.html"), text = await readFile(late, "utf8");
    assert.notEqual(breaks(text), text);
    await writeFile(broken, breaks(text));
    const got = await open(browser, broken);
    assert.match(got.troubles.join("\n"), troubles);
    if (name !== "a foreign picture") await assert.rejects(drawn(got.page, light, 50, 0));
    await got.close();
  });
}

function contrast(a, b) {
  const luminance = (hex) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const c = parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16) / 255;
    return sum + weight * (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  }, 0);
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
