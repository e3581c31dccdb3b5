// Chosen trials side by side.
import { h, replace, toggle } from "./dom.js";
import { duration_text, energy_text, exact_text, metric_text, value_text } from "./format.js";
import { is_better, state_text } from "./study.js";

export class Comparison {
  constructor(view, figures, open) {
    Object.assign(this, { view, figures, open });
    this.only_differences = false;
    this.element = h("div", {});
  }

  show(study) {
    this.study = study;
    this.dispose();
    const trials = [...this.view.chosen].map((id) => study.trials[id]).filter((trial) => trial);
    if (trials.length < 2) {
      replace(this.element, h("p", { class: "empty" }, trials.length === 0
        ? "Tick two trials or more in the table, and they stand here side by side."
        : `Trial ${trials[0].id} is ticked; tick another one.`));
      return;
    }
    const differences = toggle("only what differs", this.only_differences, (on) => {
      this.only_differences = on;
      this.show(this.study);
    });
    const curves = h("div", { class: "chart", role: "img", "aria-label": "Learning curves of the chosen trials" });
    replace(this.element,
      h("div", { class: "controls" }, differences,
        h("button", { type: "button", onclick: () => this.clear() }, "Clear")),
      h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Comparison" }, this.table(trials)), this.figures && curves);
    if (this.figures) requestAnimationFrame(() => {
      if (!curves.isConnected) return;
      this.chart = this.figures.show_curves(curves, study, trials);
    });
  }

  dispose() {
    this.chart?.dispose();
    this.chart = null;
  }

  clear() {
    this.view.chosen.clear();
    this.view.changed("chosen");
  }

  table(trials) {
    const row = (name, read, text, best) => ({ name, values: trials.map(read), text, best });
    const groups = [
      ["Result", [row("state", state_text, exact_text), row("rank", (t) => this.study.rank(t), exact_text),
        ...this.study.metrics.map((metric) => row(metric, (t) => t.values[metric] ?? null, metric_text, this.study.goal_of(metric)))]],
      ["Parameters", this.study.parameters.map((one) => row(one.name, (t) => t.params[one.name] ?? null, value_text))],
      ["Cost", [row("epochs", (t) => t.epochs, exact_text), row("time", (t) => t.seconds, duration_text),
        ...(this.study.has_energy ? [row("energy", (t) => t.joules ?? null, energy_text)] : []), row("attempts", (t) => t.attempts.length, exact_text)]],
      ["Metrics", [...new Set(trials.flatMap((t) => Object.keys(t.metrics)))].filter((name) => !this.study.metrics.includes(name))
        .map((name) => row(name, (t) => t.metrics[name] ?? null, metric_text))],
    ];
    const bodies = groups.map(([title, rows]) => {
      const shown = rows.filter((one) => !this.only_differences || differs(one.values));
      return shown.length > 0 && h("tbody", {}, h("tr", { class: "group" }, h("th", { colspan: trials.length + 1, scope: "colgroup" }, title)),
        shown.map((one) => comparison_row(one)));
    });
    return h("table", { class: "plain comparison" }, h("thead", {}, h("tr", {}, h("td", {}), trials.map((trial) =>
      h("th", { scope: "col", class: "number" }, h("button", { type: "button", class: "link", onclick: () => this.open(trial.id) }, `trial ${trial.id}`))))), bodies);
  }
}

function differs(values) {
  return values.some((value) => value !== values[0]);
}

function comparison_row({ name, values, text, best }) {
  const known = values.filter((value) => value !== null);
  const winner = best && known.length > 1 ? known.reduce((a, b) => (is_better(best, b, a) ? b : a)) : undefined;
  return h("tr", { class: differs(values) ? "differs" : null }, h("th", { scope: "row" }, name),
    values.map((value) => h("td", { class: `number${value !== null && value === winner && differs(values) ? " winner" : ""}`,
      title: value === null ? null : exact_text(value) }, text(value))));
}
