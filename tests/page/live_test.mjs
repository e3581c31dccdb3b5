// The page over a server: it follows a study, keeps what the reader has chosen, and says when it is not connected. The
// server here plays o2v-tune dashboard's part with a study that is told trial by trial.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Browser, drawn, points } from "./browser.mjs";
import { Folder, mixed } from "./studies.mjs";

let folder, browser, whole, html, server, page;

// Serves the first `told` trials of a study; tell() sends more to those who listen.
class Server {
  constructor(told) {
    this.told = told;
    this.listeners = new Set();
    this.http = createServer((request, answer) => this.answer(decodeURIComponent(request.url), answer));
  }

  async start(port = 0) {
    await new Promise((done) => this.http.listen(port, "127.0.0.1", done));
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}/`;
  }

  async stop() {
    for (const one of this.listeners) one.destroy();
    this.http.closeAllConnections();
    await new Promise((done) => this.http.close(done));
  }

  head() {
    const { trials, ...head } = whole;
    const told = trials.slice(0, this.told);
    const counts = Object.fromEntries(Object.keys(head.counts).map((state) => [state, told.filter((trial) => trial.state === state).length]));
    const best = told.filter((trial) => trial.state === "completed").reduce((a, b) => (a === null || b.value < a.value ? b : a), null);
    return { ...head, counts, best: best?.id ?? null, running: true };
  }

  document() {
    return { ...this.head(), trials: whole.trials.slice(0, this.told) };
  }

  tell(n) {
    const trials = whole.trials.slice(this.told, this.told + n);
    this.told += n;
    for (const one of this.listeners) one.write(`event: study\ndata: ${JSON.stringify({ head: this.head(), trials })}\n\n`);
  }

  answer(path, answer) {
    const json = (value) => answer.setHeader("content-type", "application/json").end(JSON.stringify(value));
    if (path === "/") return answer.setHeader("content-type", "text/html").end(html);
    if (path === "/api/studies") return json([{ name: "mixed", folder: "runs/mixed", state: "running", trials: this.told, best: null },
      { name: "other", folder: "runs/other", state: "ended", trials: 3, best: null }]);
    if (path === "/api/studies/mixed") return json(this.document());
    if (path === "/api/studies/other") return json({ ...this.document(), name: "other", running: false });
    if (/^\/api\/studies\/\w+\/events$/.test(path)) {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write(": here\n\n");
      this.listeners.add(answer);
      return answer.on("close", () => this.listeners.delete(answer));
    }
    const log = /^\/api\/studies\/mixed\/trials\/(\d+)\/log$/.exec(path);
    if (log && Number(log[1]) !== 1) return answer.setHeader("content-type", "text/plain").end(`printed by ${log[1]} <i>so</i>`);
    return answer.writeHead(404).end();
  }
}

before(async () => {
  folder = new Folder();
  folder.run(mixed("mixed", 80));
  folder.report("mixed");
  [whole] = folder.document();
  html = folder.read("report.html").replace(/<script type="application\/json" id="document">.*?<\/script>/s, "");
  browser = await Browser.start();
});
beforeEach(async () => {
  server = new Server(40);
  await server.start();
  page = await browser.open(server.url);
  await page.locator(".connection.on").waitFor();
});
afterEach(async () => {
  await page?.close();
  await server?.stop();
});
after(async () => {
  await browser?.stop();
  folder?.remove();
});

const told = (n) => page.waitForFunction((expected) => document.getElementById("table-count").textContent.endsWith(`${expected} trials`) &&
  window.o2v.trials() === expected, n);

test("what is told is shown, in the table, the tiles and the figures", async () => {
  await drawn(page, "history");
  server.tell(10);
  await told(50);
  assert.equal(await page.locator(".tile-figure").nth(1).textContent(), "50 of 80");
  assert.equal(points(await drawn(page, "parallel"), "trials").length, 50);
  server.tell(30);
  await told(80);
  assert.deepEqual(await page.evaluate(() => window.o2v.ranking()), folder.leaderboard("mixed").map((row) => row.trial));
  assert.deepEqual(page.complaints, []);
});

test("filter, brush, sorting, chosen trials, scroll and focus stay as they are", async () => {
  await drawn(page, "parallel");
  await page.evaluate(() => {
    const chart = window.o2v.chart("parallel");
    const dim = chart.getOption().parallelAxis.findIndex((axis) => axis.name === "dropout");
    chart.dispatchAction({ type: "axisAreaSelect", parallelAxisId: `axis ${dim}`, intervals: [[0.1, 0.6]] });
  });
  await page.waitForFunction(() => window.o2v.brush().dropout);
  await page.locator("table.trials thead button", { hasText: "enc_dim" }).click();
  await page.locator("table.trials tbody input").nth(0).check();
  await page.locator("table.trials tbody input").nth(1).check();
  await page.locator("table.trials tbody th button").nth(4).focus();
  const state = () => page.evaluate(() => ({ scroll: Math.round(scrollY), focus: document.activeElement.textContent, brush: window.o2v.brush(),
    compared: [...document.querySelectorAll("table.comparison thead button")].map((one) => one.textContent),
    sorted: document.querySelector("[aria-sort=ascending] button").firstChild.textContent }));
  await page.waitForTimeout(300);
  const before_update = await state();
  server.tell(20);
  await told(60);
  assert.deepEqual(await state(), before_update);
  const kept = whole.trials.slice(0, 60).filter((trial) => trial.params.dropout >= 0.1 && trial.params.dropout <= 0.6);
  assert.deepEqual((await page.evaluate(() => window.o2v.rows())).sort(), kept.map((trial) => trial.id).sort());
  const ranges = await page.evaluate(() => window.o2v.chart("parallel").getModel().findComponents({ mainType: "parallelAxis" })
    .filter((axis) => axis.activeIntervals.length > 0).length);
  assert.equal(ranges, 1, "the range still stands on its axis");
});

test("an open drawer shows the trial as it becomes, and its log comes from the server", async () => {
  await page.evaluate(() => window.o2v.open(3));
  await page.locator("pre.log").waitFor();
  assert.equal(await page.locator("pre.log").textContent(), "printed by 3 <i>so</i>");
  server.tell(5);
  await told(45);
  assert.equal(await page.locator("dialog.drawer h2").textContent(), "Trial 3");
  assert.equal(await page.locator("pre.log").textContent(), "printed by 3 <i>so</i>");
  await page.evaluate(() => window.o2v.open(1));
  await page.locator("dialog.drawer", { hasText: "The log cannot be had" }).waitFor();
});

test("when the server has gone the page says so, and catches up when it is back", async () => {
  const { port } = server;
  await server.stop();
  await page.locator(".connection.off").waitFor();
  assert.match(await page.locator(".connection").textContent(), /^not connected/);
  assert.equal(await page.evaluate(() => window.o2v.trials()), 40, "what was there stays");
  server = new Server(70);
  await server.start(port);
  await page.locator(".connection.on").waitFor({ timeout: 10000 });
  await told(70);
});

test("the picker follows another study", async () => {
  await page.locator("#study-picker").selectOption("other");
  await page.locator("h1", { hasText: "other" }).waitFor();
  assert.equal(await page.locator(".pill").textContent(), "not running");
  server.tell(1);
  await told(41);
});

test("without a study it waits for the first one", async () => {
  const empty = createServer((request, answer) => (request.url === "/" ? answer.setHeader("content-type", "text/html").end(html)
    : answer.setHeader("content-type", "application/json").end("[]")));
  await new Promise((done) => empty.listen(0, "127.0.0.1", done));
  const other = await browser.process.newPage();
  await other.goto(`http://127.0.0.1:${empty.address().port}/`);
  await other.locator(".empty", { hasText: "no study here yet" }).waitFor();
  await other.close();
  empty.closeAllConnections();
  empty.close();
});
