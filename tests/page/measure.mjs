// node tests/page/measure.mjs [BUILD=build/release] [TRIALS=1000]: how long a report takes to write, how large it is, and
// how long a browser takes until it can be used and until each figure is drawn.
import { resolve } from "node:path";

const build = resolve(process.argv[2] ?? "build/release");
const trials = Number(process.argv[3] ?? 1000);
process.env.O2V_BIN ??= `${build}/bin`;
process.env.O2V_PAGE_MODULES ??= `${build}/reports/page/node_modules`;
process.env.O2V_CHROMIUM ??= "/usr/bin/chromium";

const { Browser, looked_at } = await import("./browser.mjs");
const { Folder, mixed } = await import("./studies.mjs");

const kRepeats = 5;
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const shown = (name, list) => console.log(`${name.padEnd(28)} ${String(Math.round(median(list))).padStart(6)} ms   (${list.map(Math.round).join(", ")})`);
// Of each repetition, what `action` gives back: milliseconds.
async function repeated(name, action) {
  const times = [];
  for (let i = 0; i < kRepeats; ++i) times.push(await action());
  shown(name, times);
}
async function timed(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

const folder = new Folder();
const browser = await Browser.start();
try {
  folder.run(mixed("mixed", trials, 10));
  let url;
  await repeated("report written", () => timed(() => {
    url = folder.report("mixed");
  }));
  const whole = folder.read("report.html").length;
  const page = whole - JSON.stringify(folder.document()).length;
  console.log(`${"file".padEnd(28)} ${(whole / 1e6).toFixed(2).padStart(6)} MB   (${(page / 1e6).toFixed(2)} MB of it the page)`);
  // Until the first frame after which the page answers: the table is there, figures in sight are drawn.
  await repeated("opened until interactive", async () => {
    let tab;
    const time = await timed(async () => {
      tab = await browser.open(url);
      await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    });
    await tab.close();
    return time;
  });
  const tab = await browser.open(url);
  for (const id of await tab.evaluate(() => window.o2v.figures())) shown(`figure ${id}`, [await timed(() => looked_at(tab, id))]);
  shown("filter", [await timed(() => tab.evaluate(() => window.o2v.filter("learning_rate<0.01")))]);
} finally {
  await browser.stop();
  folder.remove();
}
