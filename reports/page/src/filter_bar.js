// The line that says which trials are shown, and changes it.
import { h, replace } from "./dom.js";
import { grouped, metric_text } from "./format.js";
import { is_listed, place_text } from "./parameters.js";

export class FilterBar {
  constructor(view) {
    this.view = view;
    this.input = h("input", { type: "search", id: "filter", placeholder: "pruned  learning_rate<0.01  optimizer=adam", spellcheck: "false",
      autocomplete: "off", "aria-describedby": "filter-help", oninput: () => this.later() });
    this.chips = h("div", { class: "chips" });
    this.element = h("div", { class: "filter", role: "search" }, h("label", { for: "filter" }, "filter"), this.input,
      h("span", { class: "off-screen", id: "filter-help" },
        "Words and comparisons such as state=pruned or learning_rate<0.01; all of them must hold. Ranges may also be drawn on the axes of the parallel coordinates."),
      this.chips);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.view.set_filter(this.input.value), 150);
  }

  show(study) {
    if (this.input.value !== this.view.filter && document.activeElement !== this.input) this.input.value = this.view.filter;
    if (!this.view.is_filtered) {
      replace(this.chips);
      return;
    }
    const chips = [...this.view.brush].map(([name, intervals]) => {
      const parameter = study.parameter(name);
      const text = `${name} ${intervals.map((one) => interval_text(parameter, one)).join(" or ")}`;
      return h("button", { type: "button", class: "chip", title: "Take this range away", onclick: () => this.view.set_brush(name, []) }, text, " ×");
    });
    replace(this.chips, h("span", { class: "muted", id: "filter-count" }, `${grouped(this.view.matching(study).length)} of ${grouped(study.trials.length)}`), chips,
      h("button", { type: "button", class: "chip clear", onclick: () => {
        this.input.value = "";
        this.view.clear_filters();
      } }, "Clear"));
  }
}

function interval_text(parameter, [low, high]) {
  if (!parameter) return `${metric_text(low)} to ${metric_text(high)}`;
  if (is_listed(parameter)) {
    const names = [];
    for (let at = Math.ceil(low); at <= Math.floor(high); ++at) names.push(place_text(parameter, at));
    return names.length === 0 ? "none" : names.join(", ");
  }
  return `${place_text(parameter, low)} to ${place_text(parameter, high)}`;
}
