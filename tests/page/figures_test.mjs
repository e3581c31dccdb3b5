// Every figure: it is drawn, with as many points as the study has, and without a complaint.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, drawn, ink, points } from "./browser.mjs";
import { Folder, mixed, several_goals } from "./studies.mjs";

let folder, browser, page, trials;
const of_state = (state) => trials.filter((trial) => trial.state === state);

before(async () => {
  folder = new Folder();
  folder.run(mixed("mixed", 120));
  folder.run(several_goals(folder, 60));
  browser = await Browser.start();
  page = await browser.open(folder.report("mixed"));
  trials = folder.leaderboard("mixed");
});
after(async () => {
  await browser?.stop();
  folder?.remove();
});

test("the best-so-far history has a dot a trial and falls to the best value", async () => {
  await drawn(page, "history");
  for (const all of await page.locator("#history .toggle input").all()) await all.check();
  const option = await drawn(page, "history");
  assert.equal(points(option, "completed").length, of_state("completed").length);
  assert.equal(points(option, "pruned").length, of_state("pruned").length);
  const line = points(option, "best so far").map(([, value]) => value);
  assert.equal(line.at(-1), Math.min(...of_state("completed").map((trial) => trial.value)));
  assert.deepEqual(line, [...line].sort((a, b) => b - a));
  assert.ok(await ink(page, "history") > 5000);
});

test("against time the history has as many dots", async () => {
  await page.locator("#history select").selectOption("time");
  const option = await drawn(page, "history");
  assert.equal(points(option, "completed").length, of_state("completed").length);
  await page.locator("#history select").selectOption("trial");
});

test("learning curves: one a trial, the pruned ones dimmed", async () => {
  const option = await drawn(page, "curves");
  assert.equal(points(option, "curves").length, trials.filter((trial) => trial.epochs > 0).length);
  assert.ok(await ink(page, "curves") > 5000);
});

test("parallel coordinates: a line a trial, an axis a parameter and one for the goal", async () => {
  const option = await drawn(page, "parallel");
  assert.equal(points(option, "trials").length, trials.filter((trial) => trial.value !== null).length);
  assert.deepEqual(option.parallelAxis.map((axis) => axis.name).sort(), [...Object.keys(mixed("", 0).search.space), "validation:loss"].sort());
  assert.ok(await ink(page, "parallel") > 5000);
});

test("slice: the trials that have the parameter", async () => {
  await page.locator("#slice select").selectOption("enc0_cnn_filter_width");
  await page.locator("#slice .toggle input").check();
  const option = await drawn(page, "slice");
  const having = trials.filter((trial) => "enc0_cnn_filter_width" in trial.params && trial.value !== null);
  assert.equal(points(option, "trials").length, having.length);
  assert.ok(having.length < trials.length, "it is conditional");
  assert.ok(await ink(page, "slice") > 3000);
});

test("contour: a surface within the trials' reach, and a dot a completed trial", async () => {
  await page.locator("#contour select").nth(0).selectOption("learning_rate");
  await page.locator("#contour select").nth(1).selectOption("dropout");
  const option = await drawn(page, "contour");
  assert.equal(points(option, "trials").length, of_state("completed").length);
  const cells = points(option, "surface").length;
  assert.ok(cells > 300 && cells <= 48 * 48, `${cells} cells`);
  assert.ok(await ink(page, "contour") > 10000);
});

test("importance: both methods' shares as the command line has them", async () => {
  for (const [column, method] of [[0, "ped-anova"], [1, "fanova"]]) {
    const shares = JSON.parse(folder.tune("importance", "mixed", "--method", method, "--json"));
    const shown = await page.locator("#importance tbody tr").evaluateAll((rows, at) => Object.fromEntries(rows.map((row) =>
      [row.querySelector("th").textContent, parseFloat(row.querySelectorAll(".bar-text")[at].textContent)])), column);
    assert.equal(Object.keys(shown).length, shares.length);
    for (const { parameter, share } of shares) assert.ok(Math.abs(shown[parameter] - 100 * share) <= 0.51, `${method} ${parameter}`);
  }
});

test("rank correlation: the lower triangle of the ordered parameters, the goal and the time", async () => {
  const option = await drawn(page, "correlation");
  const n = Object.values(mixed("", 0).search.space).filter((one) => one.type !== "categorical").length + 2;
  assert.equal(points(option, "rho").length, (n * (n + 1)) / 2);
  for (const { value: [column, row, rho] } of points(option, "rho")) assert.ok(column === row ? rho === 1 : rho === null || Math.abs(rho) <= 1);
});

test("the slots' timeline has a bar an attempt, within the time of the runs", async () => {
  const option = await drawn(page, "timeline");
  const [{ attempts }] = folder.sql("mixed", "SELECT count(*) AS attempts FROM attempt");
  const bars = points(option, "attempts");
  assert.equal(bars.length, attempts);
  for (const { value: [slot, from, to] } of bars) assert.ok([0, 1].includes(slot) && from >= 0 && to >= from && to <= option.xAxis[0].max + 1);
  assert.match(option.yAxis[0].data.join(), /^0,1$/);
  assert.ok(await ink(page, "timeline") > 3000);
});

test("how far trials came adds up to all that ended", async () => {
  const option = await drawn(page, "lengths");
  const sum = (name) => points(option, name).reduce((a, b) => a + b, 0);
  assert.equal(sum("completed"), of_state("completed").length);
  assert.equal(sum("pruned"), of_state("pruned").length);
});

test("the distribution of values rises from 0 to 1 over the completed trials", async () => {
  const option = await drawn(page, "ecdf");
  const line = points(option, "all");
  assert.deepEqual([line[0][1], line.at(-1)[1]], [0, 1]);
  const steps = new Set(line.map(([, share]) => share)).size - 1;
  assert.equal(steps, of_state("completed").length);
});

test("several goals: front, constraint, hypervolume, failures", async () => {
  const other = await browser.open(folder.report("goals"));
  const rows = folder.leaderboard("goals");
  const completed = rows.filter((trial) => trial.state === "completed");
  const option = await drawn(other, "pareto");
  const front = rows.filter((trial) => trial.front);
  assert.deepEqual(points(option, "front").map((point) => point.trial).sort(), front.map((trial) => trial.trial).sort());
  assert.equal(points(option, "others").length, completed.length - front.length);
  assert.ok(completed.some((trial) => !trial.feasible));
  const volume = points(await drawn(other, "hypervolume"), "hypervolume").map(([, one]) => one);
  assert.deepEqual(volume, [...volume].sort((a, b) => a - b));
  const text = folder.tune("leaderboard", "goals");
  assert.ok(text.includes(`hypervolume ${Number(volume.at(-1).toPrecision(4))} `), text);
  const [failed] = folder.sql("goals", "SELECT count(*) AS n, count(DISTINCT trial) AS trials FROM attempt WHERE failure IS NOT NULL");
  const cells = await other.locator("#failures tbody tr").first().locator("td").allTextContents();
  assert.deepEqual(cells.slice(0, 2).map(Number), [failed.n, failed.trials]);
  assert.deepEqual(other.complaints, []);
});

test("every figure says how to read it, and none has complained", async () => {
  const cards = await page.locator(".card").evaluateAll((all) => all.map((card) => card.querySelector(".how")?.textContent.length ?? 0));
  assert.ok(cards.length >= 13 && cards.every((length) => length > 40), String(cards));
  assert.deepEqual(page.complaints, []);
});

test("the report asks for nothing but itself, and is small", async () => {
  assert.deepEqual(page.requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:")), []);
  const page_size = folder.read("report.html").length - JSON.stringify(folder.document()).length;
  assert.ok(page_size < 2_000_000, `${page_size} bytes without the study`);
});
