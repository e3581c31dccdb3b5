// All about one trial, at the side of the page.
import { copyable, h, icon, kIcons, replace, state_mark } from "./dom.js";
import { bytes_text, duration_text, energy_text, exact_text, grouped, metric_text, moment_text, plural, value_text } from "./format.js";
import { commands_of } from "./commands.js";
import { state_text } from "./study.js";

export class Drawer {
  // `figures` may be null; `log_of(trial)` -> a promise of a text, or of null where none is kept here;
  // `neighbour(id, step)` -> a trial's number or null.
  constructor(view, figures, log_of, neighbour) {
    Object.assign(this, { view, figures, log_of, neighbour });
    this.id = null;
    this.element = h("dialog", { class: "drawer", "aria-labelledby": "drawer-title",
      onclick: (event) => event.target === this.element && this.element.close(),
      onclose: () => this.closed() });
    this.element.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step && !event.target.closest("input, select, textarea")) this.turn(step);
    });
  }

  open(study, id) {
    if (!study.trials[id]) return;
    this.back = this.id === null ? document.activeElement : this.back;
    this.id = id;
    this.log = undefined;
    this.show(study);
    if (!this.element.open) this.element.showModal();
    this.element.scrollTop = 0;
    this.fetch_log();
  }

  closed() {
    this.id = null;
    this.chart?.dispose();
    this.chart = null;
    if (this.back?.isConnected) this.back.focus({ preventScroll: true });
  }

  turn(step) {
    const next = this.neighbour(this.id, step);
    if (next !== null) this.open(this.study, next);
  }

  async fetch_log() {
    const { id } = this;
    let text = null;
    try {
      text = await this.log_of(this.study.trials[id]);
    } catch (error) {
      text = `The log cannot be had: ${error.message}`;
    }
    if (this.id !== id) return;
    this.log = text;
    this.show_log();
  }

  // Again, with what has changed.
  show(study) {
    this.study = study;
    const trial = study.trials[this.id];
    const { scrollTop } = this.element;
    this.chart?.dispose();
    this.chart = null;
    const curve = h("div", { class: "drawer-chart", role: "img", "aria-label": `Learning curve of trial ${trial.id}` });
    this.log_place = h("div", {});
    replace(this.element, this.head(trial), h("div", { class: "drawer-body" },
      trial.reason && h("p", { class: "reason" }, trial.reason),
      trial.why && h("p", { class: "muted small" }, `why it was tried: ${trial.why}`),
      trial.fork && h("p", { class: "muted small" }, `goes on from trial ${trial.fork.parent} after epoch ${trial.fork.epoch}`),
      facts(study, trial),
      section("Parameters", parameters(study, trial)),
      trial.epochs > 0 && section("Learning curve", this.figures && curve, curve_table(trial, !this.figures)),
      section("Metrics", pairs(trial.metrics, metric_text)),
      section("Attempts", attempts(trial)),
      section("Commands", commands_of(study, trial).map(([what, line]) => h("div", { class: "command-row" },
        h("div", { class: "muted small" }, what), copyable(line, `command: ${what}`)))),
      section("End of the log", this.log_place)));
    this.show_log();
    this.element.scrollTop = scrollTop;
    if (this.figures && trial.epochs > 0) requestAnimationFrame(() => this.draw(curve, trial));
  }

  draw(place, trial) {
    if (!place.isConnected) return;
    this.chart = this.figures.show_curves(place, this.study, [trial]);
  }

  // The figures' colours are others now.
  recolour() {
    if (this.id !== null) this.show(this.study);
  }

  head(trial) {
    const rank = this.study.rank(trial);
    const chosen = h("input", { type: "checkbox", onchange: () => this.view.choose(trial.id, chosen.checked) });
    chosen.checked = this.view.chosen.has(trial.id);
    const button = (label, picture, act, disabled) => h("button", { type: "button", class: "icon-button", "aria-label": label,
      title: label, disabled, onclick: act }, icon(picture));
    return h("header", { class: "drawer-head" },
      h("h2", { id: "drawer-title", tabindex: "-1", autofocus: true }, `Trial ${trial.id}`),
      state_mark(state_text(trial)),
      rank !== null && h("span", { class: "muted" }, `rank ${grouped(rank)}`),
      h("label", { class: "toggle" }, chosen, h("span", {}, "compare")),
      h("span", { class: "spring" }),
      button("Previous trial of the table", kIcons.previous, () => this.turn(-1), this.neighbour(trial.id, -1) === null),
      button("Next trial of the table", kIcons.next, () => this.turn(1), this.neighbour(trial.id, 1) === null),
      button("Close", kIcons.close, () => this.element.close()));
  }

  show_log() {
    const text = this.log;
    if (text === undefined) replace(this.log_place, h("p", { class: "muted" }, "…"));
    else if (text) replace(this.log_place, h("pre", { class: "log", tabindex: "0" }, text));
    else if (text === "") replace(this.log_place, h("p", { class: "muted" }, "It has printed nothing that is kept."));
    else replace(this.log_place, h("p", { class: "muted" }, "Not in this file; the command above prints it where the study lies."));
  }
}

function section(title, ...content) {
  return h("section", {}, h("h3", {}, title), content);
}

function facts(study, trial) {
  const planned = trial.planned && trial.planned !== trial.epochs ? ` of ${trial.planned}` : "";
  const speed = trial.speed.filter((one) => one);
  const entries = [
    ...study.metrics.map((metric) => [metric, h("span", { title: exact_text(trial.values[metric]) }, metric_text(trial.values[metric]))]),
    ["epochs", `${trial.epochs}${planned}`],
    ["time in epochs", duration_text(trial.seconds)],
    trial.joules !== undefined && ["energy", energy_text(trial.joules)],
    trial.best_epoch !== null && ["kept epoch", trial.best_epoch],
    speed.length > 0 && ["pairs/s", metric_text(speed.reduce((a, b) => a + b, 0) / speed.length)],
    trial.memory > 0 && ["memory", bytes_text(trial.memory)],
    trial.violation && ["outside of constraints by", metric_text(trial.violation)],
    ["seed", trial.seed],
  ].filter((one) => one);
  return h("dl", { class: "facts" }, entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function parameters(study, trial) {
  const searched = study.parameters.filter((one) => one.name in trial.params).map((one) => one.name);
  const others = Object.keys(trial.params).filter((name) => !searched.includes(name));
  const best = study.best && study.best !== trial ? study.best : null;
  if (searched.length + others.length === 0) return h("p", { class: "muted" }, "It has none.");
  return h("table", { class: "plain" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "name"), h("th", { scope: "col", class: "number" }, "value"),
    best && h("th", { scope: "col", class: "number" }, `best (${best.id})`))),
  h("tbody", {}, [...searched, ...others].map((name) => h("tr", {}, h("th", { scope: "row" }, name),
    h("td", { class: "number", title: exact_text(trial.params[name]) }, value_text(trial.params[name])),
    best && h("td", { class: "number muted" }, value_text(best.params[name]))))));
}

function pairs(values, text) {
  const entries = Object.entries(values);
  if (entries.length === 0) return h("p", { class: "muted" }, "None has been reported.");
  return h("table", { class: "plain" }, h("tbody", {}, entries.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name),
    h("td", { class: "number", title: exact_text(value) }, text(value))))));
}

function curve_table(trial, open) {
  const metrics = Object.keys(trial.curve);
  const rows = Array.from({ length: trial.epochs }, (_, epoch) => h("tr", {}, h("th", { scope: "row", class: "number" }, epoch),
    metrics.map((metric) => h("td", { class: "number" }, metric_text(trial.curve[metric][epoch]))),
    h("td", { class: "number" }, duration_text(trial.epoch_seconds[epoch]))));
  return h("details", { open }, h("summary", {}, plural(trial.epochs, "epoch")), h("div", { class: "scroll-x" }, h("table", { class: "plain" },
    h("thead", {}, h("tr", {}, ["epoch", ...metrics, "time"].map((name) => h("th", { scope: "col", class: "number" }, name)))), h("tbody", {}, rows))));
}

function attempts(trial) {
  if (trial.attempts.length === 0) return h("p", { class: "muted" }, "It has not been started yet.");
  return trial.attempts.map((one) => h("div", { class: "attempt" },
    h("div", {}, h("b", {}, `${one.attempt}`), ` ${one.device} on ${one.host}, cores ${one.cores}, ${one.worker}`),
    one.start !== null && h("div", { class: "muted small" }, moment_text(one.start),
      one.end !== null ? `, ${duration_text(one.end - one.start)}` : ", has not ended"),
    one.failure && h("div", { class: "reason small" }, one.failure.message ? `${one.failure.kind}: ${one.failure.message}` : one.failure.kind)));
}
