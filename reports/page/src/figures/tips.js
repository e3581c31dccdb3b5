// What stands in a tip.
import { h, state_mark } from "../dom.js";
import { metric_text, value_text } from "../format.js";
import { state_text } from "../study.js";

const kMost = 12;

export function tip(title, rows, ...more) {
  return h("div", { class: "tip-body" }, h("div", { class: "tip-title" }, title),
    h("table", {}, h("tbody", {}, rows.map(([name, value]) => h("tr", {}, h("th", {}, name), h("td", {}, value))))), more);
}

export function trial_tip(study, trial, rows = []) {
  const values = study.metrics.map((metric) => [metric, metric_text(trial.values[metric])]);
  const params = Object.entries(trial.params).map(([name, value]) => [name, value_text(value)]);
  const shown = params.slice(0, kMost);
  const rank = study.rank(trial);
  return tip(h("span", {}, `trial ${trial.id} `, state_mark(state_text(trial)),
    rank === null ? "" : ` rank ${rank}`), [...rows, ...values, ...shown],
  params.length > kMost && h("div", { class: "muted" }, `and ${params.length - kMost} more`));
}

// For series whose items carry their trial's number.
export function trial_content(study) {
  return ({ data }) => (data && study.trials[data.trial] ? trial_tip(study, study.trials[data.trial]) : null);
}
