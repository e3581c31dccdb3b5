// Names, values and logs that look like markup are texts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, looked_at } from "./browser.mjs";
import { Folder } from "./studies.mjs";

const kName = "<script>alert(1)</script>";
const kParameter = "<img src=x onerror=alert(2)>";
const kChoice = "</script><script>alert(3)</script>";
const kMetric = "loss<svg/onload=alert(4)>";
let folder, browser, page;

before(async () => {
  folder = new Folder();
  folder.write("loud.sh", `#!/bin/sh
echo 'val=0.5'
echo '</script><script>alert(5)</script><!-- \u2028 --> <img src=x onerror=alert(6)>'
[ "$2" = plain ] && exit 4
for n in 1 2 3; do echo "val=0.$1$n"; done
`, 0o755);
  folder.run({ name: "hostile", budget: { trials: 14 }, resources: { slots: 1 },
    objective: { command: ["./loud.sh", `{${kParameter}}`, "{kind}"], metric: kMetric, direction: "minimize", metrics: [{ name: kMetric, regex: "^val=(\\S+)" }] },
    search: { strategy: "random", seed: 1, space: { [kParameter]: { type: "int", min: 1, max: 9 }, kind: { type: "categorical", values: [kChoice, "plain"] } } } });
  browser = await Browser.start();
  const url = folder.report("hostile");
  // No experiment may be called so, nor a record of one: the page must not rely on it.
  folder.write("report.html", folder.read("report.html").replace('"name":"hostile"', () => `"name":${JSON.stringify(kName).replaceAll("<", "\\u003c")}`));
  page = await browser.open(url);
});
after(async () => {
  await browser?.stop();
  folder?.remove();
});

test("nothing of it is run or becomes an element, on the page, in figures, tips, table and drawer", async () => {
  let dialogs = 0;
  page.on("dialog", (dialog) => {
    ++dialogs;
    dialog.dismiss();
  });
  assert.equal(await page.locator("h1").textContent(), kName);
  assert.equal(await page.title(), `${kName} · o2v-tune`);
  for (const id of await page.evaluate(() => window.o2v.figures())) {
    await looked_at(page, id);
    const box = await page.locator(`#${id}`).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 5 });
  }
  await page.evaluate(() => window.o2v.chart("slice").dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: 0 }));
  assert.ok((await page.locator("#slice .tip").textContent()).includes(kParameter));
  const failed = folder.leaderboard("hostile").find((row) => row.state === "failed").trial;
  await page.evaluate((id) => window.o2v.open(id), failed);
  await page.locator("pre.log").waitFor();
  assert.ok((await page.locator("pre.log").textContent()).includes("<img src=x onerror=alert(6)>"));
  assert.equal(await page.locator("#app img, #app script, #app svg[onload], dialog script").count(), 0);
  assert.equal(await page.locator("script").count(), 2, "the document and the page's own");
  await page.waitForTimeout(200);
  assert.equal(dialogs, 0);
  assert.deepEqual(page.complaints, []);
});

test("the file holds its document whole, and the record's bytes", () => {
  assert.equal(folder.document()[0].name, kName);
  assert.deepEqual(folder.document()[0].space.map((one) => one.name).sort(), [kParameter, "kind"].sort());
});

test("a script that gets into the page in spite of all is not run", async () => {
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.intruder = true";
    document.body.append(script);
    return window.intruder === true;
  });
  assert.equal(ran, false);
});
