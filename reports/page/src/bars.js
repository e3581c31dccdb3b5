// Pictures that need no figures' library: rows with bars.
import { h, legend_entry } from "./dom.js";
import { duration_text, grouped, percent_text, plural, value_text } from "./format.js";
import { condition_text, range_text } from "./parameters.js";
import { failure_breakdown, time_breakdown } from "./timeline.js";

function bar(share, kind) {
  const fill = h("span", { class: `bar-fill ${kind}` });
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("span", { class: "bar" }, fill);
}

// A row a parameter, a bar a method.
export function importance_table(study) {
  const methods = study.head.importance;
  const remarks = methods.filter((one) => one.remark).map((one) => h("p", { class: "muted small" }, `${one.method}: ${one.remark}`));
  const shares = methods.map((one) => new Map(one.shares.map(({ parameter, share }) => [parameter, share])));
  const names = study.parameters.map((one) => one.name).filter((name) => shares.some((of) => of.has(name)));
  if (names.length === 0) return h("div", { class: "empty" }, remarks.length ? remarks : "There is no estimate yet.");
  const most = (name) => Math.max(...shares.map((of) => of.get(name) ?? 0));
  names.sort((a, b) => (shares[0].get(b) ?? 0) - (shares[0].get(a) ?? 0) || most(b) - most(a));
  const rows = names.map((name) => h("tr", {}, h("th", { scope: "row" }, name),
    methods.map((_, i) => h("td", {}, h("span", { class: "bar-cell" }, bar(shares[i].get(name) ?? 0, `series-${i}`),
      h("span", { class: "bar-text" }, shares[i].has(name) ? percent_text(shares[i].get(name)) : "–"))))));
  const legend = h("div", { class: "legend importance-legend" }, methods.map((one, i) => legend_entry(`series-${i}`, one.method)));
  return h("div", {}, legend, h("div", { class: "scroll-x" }, h("table", { class: "bars importance" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "parameter"), methods.map((one) => h("th", { scope: "col" }, one.method)))),
    h("tbody", {}, rows))), remarks);
}

export function time_table(study) {
  const parts = time_breakdown(study);
  if (parts.length === 0) return h("div", { class: "empty" }, "No attempt's time is known.");
  const whole = parts.reduce((sum, part) => sum + part.seconds, 0);
  return h("table", { class: "bars times" }, h("tbody", {}, parts.map((part) => h("tr", {},
    h("th", { scope: "row" }, part.what),
    h("td", {}, h("span", { class: "bar-cell" }, bar(part.seconds / whole, `state-${part.state}`),
      h("span", { class: "bar-text" }, percent_text(part.seconds / whole)))),
    h("td", { class: "number" }, duration_text(part.seconds))))));
}

export function failure_table(study) {
  const kinds = failure_breakdown(study);
  if (kinds.length === 0) return h("div", { class: "empty" }, "No attempt has failed.");
  return h("div", { class: "scroll-x" }, h("table", { class: "plain failures" },
    h("thead", {}, h("tr", {}, ["kind", "attempts", "trials", "given up", "last message"].map((name, i) =>
      h("th", { scope: "col", class: i > 0 && i < 4 ? "number" : null }, name)))),
    h("tbody", {}, kinds.map((kind) => h("tr", {}, h("th", { scope: "row" }, kind.kind.replaceAll("_", " ")),
      h("td", { class: "number" }, grouped(kind.times)), h("td", { class: "number" }, grouped(kind.trials.size)),
      h("td", { class: "number" }, grouped(kind.lost)), h("td", { class: "message" }, kind.example))))));
}

// The space and what all trials have in common.
export function space_table(study) {
  const best = study.best?.params ?? {};
  const fixed = Object.entries(study.head.fixed);
  return h("div", {}, h("div", { class: "scroll-x" }, h("table", { class: "plain" },
    h("thead", {}, h("tr", {}, ["parameter", "searched in", "condition", "best trial"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, study.parameters.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, range_text(one)),
      h("td", { class: "muted" }, condition_text(one)),
      h("td", {}, value_text(best[one.name]))))))),
    fixed.length > 0 && h("p", { class: "muted small" }, `${plural(fixed.length, "fixed value")}: `,
      fixed.map(([name, value]) => `${name}=${value}`).join(", ")));
}
