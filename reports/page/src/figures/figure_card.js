// A figure that is drawn when it comes into sight, and again when something it shows has changed.
import { choice, h, legend_entry, replace, toggle } from "../dom.js";
import { Card } from "../cards.js";
import { Chart } from "./chart.js";

const kHeight = 320;

export class FigureCard extends Card {
  // `page.open(id)` shows a trial.
  constructor(figure, page) {
    super(figure);
    this.page = page;
    this.state = page.view.controls[figure.id] = {};
    this.seen = false;
    this.place = h("div", { class: "chart", role: "img", "aria-label": `${figure.title}. ${figure.how}` });
    this.empty = h("p", { class: "empty", hidden: true });
    this.legend = h("div", { class: "legend" });
    this.body.append(this.place, this.empty);
    this.note.before(this.legend);
    this.sight = new IntersectionObserver((entries) => {
      this.seen = entries.at(-1).isIntersecting;
      if (this.seen && this.stale) this.draw();
    }, { rootMargin: "200px" });
    this.sight.observe(this.element);
  }

  show(study, view) {
    Object.assign(this, { study, view, stale: true });
    if (this.seen) this.draw();
  }

  recolour() {
    this.stale = true;
    if (this.seen && this.study) this.draw();
  }

  draw() {
    this.stale = false;
    const { figure, study, view, state } = this;
    const missing = figure.missing?.(study) ?? null;
    this.empty.hidden = missing === null;
    this.place.hidden = missing !== null;
    replace(this.empty, missing ?? "");
    if (missing !== null) {
      replace(this.controls);
      replace(this.legend);
      replace(this.note);
      this.chart?.dispose();
      this.chart = null;
      return;
    }
    this.show_controls(figure.controls?.(study, state) ?? []);
    const width = this.place.clientWidth || 600;
    const drawn = figure.draw({ study, view, state, width, trials: view.matching(study) });
    const height = drawn.height ?? kHeight;
    if (this.place.clientHeight !== height) this.place.style.height = `${height}px`;
    if (!this.chart) this.mount();
    this.chart.draw(drawn.option);
    drawn.after?.(this.chart.echarts);
    replace(this.legend, (drawn.legend ?? []).map(([colour, text]) => legend_entry(colour, text)));
    replace(this.note, drawn.note ?? "");
  }

  mount() {
    this.chart = new Chart(this.place);
    this.chart.echarts.on("click", ({ data }) => {
      if (data && Number.isInteger(data.trial)) this.page.open(data.trial);
    });
    this.figure.listen?.(this.chart.echarts, this);
  }

  // Each control: { key, label, options: [[value, text]] } or { key, label } for a switch.
  show_controls(controls) {
    const key = JSON.stringify([controls, this.state]);
    if (key === this.controls_key) return;
    this.controls_key = key;
    replace(this.controls, controls.map((one) => {
      const changed = (value) => {
        this.state[one.key] = value;
        this.draw();
        this.controls.querySelector(`[data-key="${CSS.escape(one.key)}"]`)?.focus();
      };
      const element = one.options ? choice(one.label, one.options, this.state[one.key], changed) : toggle(one.label, Boolean(this.state[one.key]), changed);
      element.querySelector("select, input").dataset.key = one.key;
      return element;
    }));
  }

  dispose() {
    this.sight.disconnect();
    this.chart?.dispose();
  }
}
