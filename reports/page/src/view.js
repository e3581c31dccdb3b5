// What the reader has chosen to see; figures and table follow it.
import { parse_filter } from "./filter.js";
import { place } from "./parameters.js";

export class View {
  constructor() {
    this.filter = "";
    this.brush = new Map();   // parameter or metric -> [[low, high], ...] in the axis' places
    this.chosen = new Set();  // trials to compare
    this.sort = { column: "rank", descending: false };
    this.page = 0;
    this.controls = {};       // by figure: what its controls say
    this.listeners = [];
  }

  // `listener(what)`: "filter", "chosen" or "table".
  on_change(listener) {
    this.listeners.push(listener);
  }

  changed(what) {
    for (const listener of this.listeners) listener(what);
  }

  set_filter(text) {
    this.filter = text;
    this.page = 0;
    this.changed("filter");
  }

  set_brush(name, intervals) {
    if (intervals.length === 0) this.brush.delete(name);
    else this.brush.set(name, intervals);
    this.page = 0;
    this.changed("filter");
  }

  clear_filters() {
    this.brush.clear();
    this.set_filter("");
  }

  choose(id, on) {
    if (on) this.chosen.add(id);
    else this.chosen.delete(id);
    this.changed("chosen");
  }

  get is_filtered() {
    return this.filter.trim() !== "" || this.brush.size > 0;
  }

  // The trials that the filter and the brushes let through, by number.
  matching(study) {
    if (!this.is_filtered) return study.trials;
    const test = parse_filter(this.filter, study);
    const brushed = [...this.brush].map(([name, intervals]) => {
      const parameter = study.parameter(name);
      const read = parameter ? (t) => place(parameter, t.params[name]) : (t) => t.values[name] ?? null;
      return (t) => {
        const at = read(t);
        return at !== null && intervals.some(([low, high]) => at >= low && at <= high);
      };
    });
    return study.trials.filter((t) => test(t) && brushed.every((one) => one(t)));
  }
}
