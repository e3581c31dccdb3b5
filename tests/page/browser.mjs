// A browser of its own for each test, and pages that fail it with whatever they complain of.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { chromium } = createRequire(`${process.env.O2V_PAGE_MODULES}/`)("playwright-core");

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.home = mkdtempSync(join(tmpdir(), "o2v-page-home-"));
    browser.process = await chromium.launch({
      executablePath: process.env.O2V_CHROMIUM,
      env: { ...process.env, HOME: browser.home },
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"],
    });
    return browser;
  }

  async stop() {
    await this.process.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  // A tab whose `complaints` are all errors and warnings of its console, and whose `requests` are all it asked for.
  async open(url, { width = 1280, height = 900, scheme = "light" } = {}) {
    const page = await this.process.newPage({ viewport: { width, height }, colorScheme: scheme });
    page.complaints = [];
    page.requests = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    page.on("request", (request) => page.requests.push(request.url()));
    await page.goto(url);
    await page.waitForFunction(() => window.o2v);
    return page;
  }
}

// Brings a figure into sight until it is drawn or says why it is not. Is it drawn?
export async function looked_at(page, id) {
  await page.locator(`#${id}`).scrollIntoViewIfNeeded();
  await page.waitForFunction((one) => window.o2v.option(one) !== null || !document.querySelector(`#${one} .empty`).hidden, id);
  return page.evaluate((one) => window.o2v.option(one) !== null, id);
}

// Brings a figure into sight, and gives back its ECharts option as far as it is data.
export async function drawn(page, id) {
  assert.ok(await looked_at(page, id), `${id} is drawn`);
  return page.evaluate((one) => JSON.parse(JSON.stringify(window.o2v.option(one))), id);
}

export function points(option, name) {
  const series = option.series.filter((one) => one.name === name);
  assert.equal(series.length, 1, `one series "${name}" among ${option.series.map((one) => one.name)}`);
  return series[0].data;
}

// Has anything but the background been drawn on the figure's canvas?
export async function ink(page, id) {
  return page.evaluate((one) => {
    const canvas = document.querySelector(`#${one} canvas`);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let inked = 0;
    for (let i = 3; i < data.length; i += 4) inked += data[i] > 0;
    return inked;
  }, id);
}

export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
