// Light and dark, phones, many trials, and the page without figures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Browser, drawn, looked_at, overflow, points } from "./browser.mjs";
import { Folder, mixed } from "./studies.mjs";

let folder, browser, url;

before(async () => {
  folder = new Folder();
  folder.run(mixed("mixed", 60));
  url = folder.report("mixed");
  browser = await Browser.start();
});
after(async () => {
  await browser?.stop();
  folder?.remove();
});

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const brightness = (colour) => /\d+, \d+, \d+/.exec(colour)[0].split(",").reduce((sum, one) => sum + Number(one), 0);

test("dark where the system is dark, and as the reader chooses, for figures too", async () => {
  const light = await browser.open(url, { scheme: "light" });
  const dark = await browser.open(url, { scheme: "dark" });
  assert.ok(brightness(await background(light)) > 600);
  assert.ok(brightness(await background(dark)) < 150);
  const colour = async (page) => (await drawn(page, "history")).xAxis[0].axisLabel.color;
  assert.notEqual(await colour(light), await colour(dark));
  const before_choice = await colour(dark);
  await dark.locator(".theme-button").click();
  assert.equal(await dark.locator(".theme-button span").textContent(), "light");
  assert.ok(brightness(await background(dark)) > 600);
  assert.notEqual(await colour(dark), before_choice);
  assert.deepEqual([...light.complaints, ...dark.complaints], []);
});

test("nothing is wider than a phone, closed and open", async () => {
  const page = await browser.open(url, { width: 360, height: 740 });
  for (const id of await page.evaluate(() => window.o2v.figures())) await looked_at(page, id);
  assert.equal(await overflow(page), 0);
  const wide = await page.locator(".card").evaluateAll((cards) => cards.filter((card) => card.getBoundingClientRect().right > 361).length);
  assert.equal(wide, 0);
  await page.evaluate(() => window.o2v.open(0));
  assert.equal(await overflow(page), 0);
  assert.ok((await page.locator("dialog.drawer").boundingBox()).width <= 360);
  assert.deepEqual(page.complaints, []);
});

test("the skip link comes first and leads to the content", async () => {
  const page = await browser.open(url);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
});

test("controls have names, and images descriptions", async () => {
  const page = await browser.open(url);
  const nameless = await page.locator("button, input, select, [role=img]").evaluateAll((all) => all.filter((one) =>
    !(one.getAttribute("aria-label") || one.textContent.trim() || one.closest("label") || document.querySelector(`label[for="${one.id}"]`))).map((one) => one.outerHTML));
  assert.deepEqual(nameless, []);
});

test("ten thousand trials: drawn thinned, filtered and sorted whole", async () => {
  folder.run(mixed("many", 10000, 1));
  const page = await browser.open(folder.report("many"));
  assert.equal(await page.evaluate(() => window.o2v.trials()), 10000);
  const drawn_points = (option) => option.series.filter((one) => one.name !== "best so far").reduce((sum, one) => sum + one.data.length, 0);
  const history = drawn_points(await drawn(page, "history"));
  assert.ok(history > 1000 && history <= 10000, `${history} dots`);
  assert.equal(points(await drawn(page, "curves"), "curves").length, 400);
  assert.equal(points(await drawn(page, "parallel"), "trials").length, 1500);
  assert.ok(points(await drawn(page, "timeline"), "attempts").length <= 10000);
  await page.evaluate(() => window.o2v.filter("optimizer=adam"));
  const adams = folder.leaderboard("many").filter((row) => row.params.optimizer === "adam").length;
  assert.equal((await page.evaluate(() => window.o2v.rows())).length, adams);
  assert.ok(await page.locator("table.trials tbody tr").count() <= 50, "the table has pages");
  assert.deepEqual(page.complaints, []);
});

test("without the figures' library: the same table, drawer and numbers, and it says so", async () => {
  folder.report("mixed");
  const html = folder.read("report.html");
  const [document] = /<script type="application\/json" id="document">.*?<\/script>/s.exec(html);
  folder.write("tables.html", readFileSync(process.env.O2V_TABLES_ONLY, "utf8").replace("<!--o2v:document-->", () => document));
  const page = await browser.open(`file://${folder.path}/tables.html`);
  assert.match(await page.locator("#tables-only").textContent(), /Tables only/);
  assert.deepEqual(await page.evaluate(() => window.o2v.ranking()), folder.leaderboard("mixed").map((row) => row.trial));
  assert.equal(await page.locator("canvas").count(), 0);
  assert.ok(await page.locator("#importance tbody tr").count() >= 10);
  await page.locator("tbody th button").first().click();
  assert.ok(await page.locator("dialog.drawer details tbody tr").count() > 0, "the curve as a table");
  await page.keyboard.press("Escape");
  for (const at of [0, 1]) await page.locator("table.trials tbody input").nth(at).check();
  assert.equal(await page.locator("table.comparison thead button").count(), 2);
  assert.deepEqual(page.complaints, []);
});
