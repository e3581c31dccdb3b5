// The numbers on the page are those of the record; sorting, filtering, brushing, drawer and comparison.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { Browser, drawn, points } from "./browser.mjs";
import { Folder, mixed, several_goals } from "./studies.mjs";

let folder, browser, page, rows, url;

before(async () => {
  folder = new Folder();
  folder.run(mixed("mixed", 120));
  folder.run(several_goals(folder, 40));
  folder.run(mixed("mixed", 3), "again");
  rows = folder.leaderboard("mixed");
  url = folder.report("mixed", "goals");
  browser = await Browser.start();
});
beforeEach(async () => {
  await page?.close();
  page = await browser.open(`${url}#study=mixed`);
});
after(async () => {
  await browser?.stop();
  folder?.remove();
});

const shown = () => page.evaluate(() => window.o2v.rows());
// [{ head: text }] of the table's page, numbers as their titles have them: exact.
const table = () => page.locator("table.trials").evaluate((one) => {
  const heads = [...one.querySelectorAll("thead th")].map((cell) => cell.querySelector("button")?.firstChild.textContent ?? "");
  return [...one.querySelectorAll("tbody tr")].map((row) => Object.fromEntries([...row.children].map((cell, i) => [heads[i], cell.title || cell.textContent])));
});

test("the ranking is the leaderboard's, also with several goals and a constraint", async () => {
  for (const name of ["mixed", "goals"]) {
    const other = await browser.open(`${url}#study=${name}`);
    const ranked = folder.leaderboard(name);
    assert.deepEqual(await other.evaluate(() => window.o2v.ranking()), ranked.map((row) => row.trial));
    await other.close();
  }
});

test("equal trials share a rank, and the next is as many further", async () => {
  folder.write("steps.sh", "#!/bin/sh\necho loss=$1\n", 0o755);
  folder.run({ name: "ties", budget: { trials: 12 }, resources: { slots: 1 },
    objective: { command: ["./steps.sh", "{x}"], metric: "loss", direction: "minimize", metrics: [{ name: "loss", regex: "loss=(\\S+)" }] },
    search: { strategy: "random", seed: 2, space: { x: { type: "int", min: 1, max: 3 }, y: { type: "float", min: 0, max: 1 } } } });
  const values = folder.leaderboard("ties").map((row) => row.value);
  assert.equal(new Set(values).size, 3);
  await page.goto(folder.report_as("ties.html", "ties"));
  const ranks = (await table()).map((row) => Number(row.rank));
  assert.deepEqual(ranks, values.map((value) => 1 + values.filter((other) => other < value).length));
});

test("values, parameters and epochs are those in SQLite", async () => {
  const records = folder.sql("mixed", `SELECT t.id, t.state, t.params, (SELECT count(*) FROM epoch WHERE trial = t.id) AS epochs,
    CASE t.state WHEN 'completed' THEN (SELECT value FROM metric WHERE trial = t.id AND epoch = -1 AND name = 'validation:loss')
    ELSE (SELECT min(value) FROM metric WHERE trial = t.id AND epoch >= 0 AND name = 'validation:loss') END AS value FROM trial t`);
  const seen = new Map();
  for (let turn = 0; turn < 3; ++turn) {
    for (const row of await table()) seen.set(Number(row.trial), row);
    if (turn < 2) await page.getByRole("button", { name: "Next", exact: true }).click();
  }
  assert.equal(seen.size, records.length);
  for (const record of records) {
    const row = seen.get(record.id);
    assert.equal(row.state, record.state);
    assert.equal(Number(row.epochs), record.epochs);
    assert.equal(Number(row["validation:loss"]), record.value);
    const params = JSON.parse(record.params);
    for (const name of Object.keys(mixed("", 0).search.space))
      assert.equal(row[name], name in params ? String(params[name]) : "–", `trial ${record.id} ${name}`);
  }
  const [best] = folder.sql("mixed", "SELECT min(m.value) AS value FROM metric m JOIN trial t ON t.id = m.trial WHERE t.state = 'completed' AND m.epoch = -1 AND m.name = 'validation:loss'");
  assert.equal(Number(await page.locator(".tile-figure span").first().getAttribute("title")), best.value);
});

test("energy is a column where the machine tells of it, and nowhere else", async () => {
  assert.ok(!Object.hasOwn((await table())[0], "energy"));
  // Each trial makes the counter show a joule more.
  const zone = "powercap/intel-rapl:0";
  mkdirSync(join(folder.path, zone), { recursive: true });
  folder.write(`${zone}/name`, "package-0\n");
  folder.write(`${zone}/energy_uj`, "5\n");
  folder.write("use.sh", `#!/bin/sh\ncd ${folder.path}/${zone}\necho $(($(cat energy_uj) + 1000000)) >new && mv new energy_uj\necho loss=$1\n`, 0o755);
  folder.run({ name: "energy", budget: { trials: 5 }, resources: { slots: 1 },
    objective: { command: ["./use.sh", "{x}"], metric: "loss", direction: "minimize", metrics: [{ name: "loss", regex: "loss=(\\S+)" }] },
    search: { strategy: "random", seed: 2, space: { x: { type: "float", min: 0, max: 1 } } } });
  const other = await browser.open(folder.report_as("energy.html", "energy"));
  const cells = await other.locator("table.trials tbody tr").evaluateAll((all) => all.map((row) => row.textContent));
  assert.equal(cells.length, 5);
  for (const row of cells) assert.match(row, /1 J/);
  assert.equal(folder.sql("energy", "SELECT sum(joules) AS sum FROM epoch")[0].sum, 5);
  assert.match(await other.locator("main").textContent(), / · 5 J/);
  await other.locator("tbody th button").first().click();
  assert.match(await other.locator("dialog.drawer .facts").textContent(), /energy1 J/);
  assert.deepEqual(other.complaints, []);
  await other.close();
});

test("a column's head sorts, and sorts back; what is absent comes last both times", async () => {
  const head = page.locator("table.trials thead button", { hasText: "enc0_cnn_filter_width" });
  const expected = (sign) => [...rows].sort((a, b) => {
    const [x, y] = [a, b].map((row) => row.params.enc0_cnn_filter_width);
    if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
    return (x === undefined ? 0 : sign * (x - y)) || a.trial - b.trial;
  }).map((row) => row.trial);
  await head.click();
  assert.deepEqual(await shown(), expected(1));
  assert.equal(await page.locator("th[aria-sort=ascending]").count(), 1);
  await head.click();
  assert.deepEqual(await shown(), expected(-1));
  assert.equal(await page.locator("th[aria-sort=descending]").count(), 1);
});

test("the filter takes words and comparisons, for the table and the figures", async () => {
  await page.locator("#filter").fill("optimizer=adam learning_rate<0.01 completed");
  await page.locator("#filter-count").waitFor();
  const expected = rows.filter((row) => row.params.optimizer === "adam" && row.params.learning_rate < 0.01 && row.state === "completed").map((row) => row.trial);
  assert.ok(expected.length > 2);
  assert.deepEqual((await shown()).sort(), [...expected].sort());
  const option = await drawn(page, "parallel");
  assert.deepEqual(points(option, "trials").map((line) => line.trial).sort(), [...expected].sort());
  assert.equal(points(await drawn(page, "curves"), "curves").length, expected.length);
  await page.getByRole("button", { name: "Clear", exact: true }).first().click();
  assert.equal((await shown()).length, rows.length);
  for (const nothing of ["nosuchword", "learning_rate<-1", "nosuchname=3", "<", "state="]) {
    await page.locator("#filter").fill(nothing);
    await page.waitForFunction(() => window.o2v.rows().length === 0);
  }
  assert.deepEqual(page.complaints, []);
});

test("a range dragged on an axis keeps the trials within it, everywhere; Clear takes it away", async () => {
  const option = await drawn(page, "parallel");
  const dim = option.parallelAxis.findIndex((axis) => axis.name === "dropout");
  const ends = await page.evaluate(([at]) => {
    const chart = window.o2v.chart("parallel");
    const box = chart.getDom().getBoundingClientRect();
    const axis = chart.getModel().getComponent("parallel").coordinateSystem;
    const name = chart.getModel().getComponent("parallelAxis", at);
    const place = (value) => axis.dataToPoint(value, `dim${name.get("dim")}`);
    return [0.2, 0.5].map(place).map(([x, y]) => [x + box.x, y + box.y]);
  }, [dim]);
  await page.mouse.move(...ends[0]);
  await page.mouse.down();
  await page.mouse.move(ends[0][0], (ends[0][1] + ends[1][1]) / 2, { steps: 4 });
  await page.mouse.move(...ends[1], { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => Object.keys(window.o2v.brush()).length === 1);
  const { dropout: [[low, high]] } = await page.evaluate(() => window.o2v.brush());
  assert.ok(Math.abs(low - 0.2) < 0.02 && Math.abs(high - 0.5) < 0.02, `${low} to ${high}`);
  const expected = rows.filter((row) => row.params.dropout >= low && row.params.dropout <= high).map((row) => row.trial);
  assert.deepEqual((await shown()).sort(), [...expected].sort());
  const curves = points(await drawn(page, "curves"), "curves");
  assert.equal(curves.length, expected.length);
  await page.locator(".chip.clear").click();
  assert.equal((await shown()).length, rows.length);
  assert.deepEqual(await page.evaluate(() => window.o2v.brush()), {});
  assert.deepEqual(page.complaints, []);
});

test("the keyboard opens a trial, turns to the next one and comes back", async () => {
  await page.locator("tbody th button").first().focus();
  await page.keyboard.press("ArrowDown");
  const second = rows[1].trial;
  assert.equal(await page.evaluate(() => document.activeElement.textContent), String(second));
  await page.keyboard.press("Enter");
  const drawer = page.locator("dialog.drawer");
  assert.equal(await drawer.locator("h2").textContent(), `Trial ${second}`);
  assert.ok((await drawer.textContent()).includes(`o2v-tune reproduce ${second} --run runs/mixed`));
  const parameters = await drawer.locator("section", { hasText: "Parameters" }).first().locator("tbody tr").evaluateAll((all) =>
    Object.fromEntries(all.map((row) => [row.children[0].textContent, row.children[1].title])));
  assert.deepEqual(parameters, Object.fromEntries(Object.entries(rows[1].params).map(([name, value]) => [name, String(value)])));
  await drawer.locator("canvas").first().waitFor();
  await page.keyboard.press("ArrowRight");
  assert.equal(await drawer.locator("h2").textContent(), `Trial ${rows[2].trial}`);
  await page.keyboard.press("Escape");
  assert.equal(await drawer.isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), String(second));
});

test("the drawer has the end of a failed trial's log", async () => {
  const other = await browser.open(`${url}#study=goals`);
  const failed = folder.leaderboard("goals").find((row) => row.state === "failed").trial;
  await other.evaluate((id) => window.o2v.open(id), failed);
  await other.locator("pre.log").waitFor();
  assert.match(await other.locator("pre.log").textContent(), /no room for <b>x<\/b>/);
  assert.equal(await other.locator("dialog.drawer b", { hasText: "x" }).count(), 0);
  await other.close();
});

test("chosen trials stand side by side, with what differs marked", async () => {
  for (const at of [0, 3, 5]) await page.locator("table.trials tbody input").nth(at).check();
  const comparison = page.locator("table.comparison");
  assert.deepEqual(await comparison.locator("thead button").allTextContents(), [0, 3, 5].map((at) => `trial ${rows[at].trial}`));
  const row = comparison.locator("tr", { has: page.getByRole("rowheader", { name: "validation:loss", exact: true }) });
  assert.deepEqual((await row.locator("td").evaluateAll((cells) => cells.map((cell) => Number(cell.title)))), [0, 3, 5].map((at) => rows[at].value));
  assert.match(await row.locator("td").first().getAttribute("class"), /winner/);
  const marked = await comparison.locator("tr.differs th").allTextContents();
  for (const name of Object.keys(rows[0].params))
    assert.equal(marked.includes(name), new Set([0, 3, 5].map((at) => rows[at].params[name])).size > 1, name);
  await page.locator("#comparison canvas").waitFor();
  assert.deepEqual(page.complaints, []);
});

test("a command is copied", async () => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
  await page.locator("table.trials tbody .icon-button").first().click();
  await page.locator(".icon-button.copied").waitFor();
});

test("studies of one name are told apart by their folders", async () => {
  const other = await browser.open(folder.report_as("again.html", "again", "mixed"));
  assert.deepEqual(await other.locator("#study-picker option").allTextContents(), ["runs/again (3 trials)", "runs/mixed (120 trials)"]);
  assert.equal(await other.evaluate(() => window.o2v.trials()), 3);
  await other.locator("#study-picker").selectOption("runs/mixed");
  assert.equal(await other.evaluate(() => window.o2v.trials()), 120);
  await other.close();
});

test("the picker changes the study, and the address with it", async () => {
  await page.locator("#study-picker").selectOption("goals");
  assert.equal(await page.locator("h1").textContent(), "goals");
  assert.match(page.url(), /#study=goals$/);
  assert.equal((await shown()).length, 40);
});
