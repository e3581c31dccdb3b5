// One study's page: its cards, table, comparison and drawer, drawn again when study or view change.
import { h, replace } from "./dom.js";
import { PlainCard } from "./cards.js";
import { failure_table, importance_table, space_table, time_table } from "./bars.js";
import { Comparison } from "./comparison.js";
import { Drawer } from "./drawer.js";
import { FilterBar } from "./filter_bar.js";
import { Study } from "./study.js";
import { show_summary } from "./summary.js";
import { TrialTable } from "./table.js";
import { View } from "./view.js";

const kImportance = { id: "importance", title: "Importance",
  how: "The longer a bar, the more a parameter matters: by PED-ANOVA for being among the best tenth, by fANOVA for the goal's variation over the whole space.",
  missing: (study) => (study.head.importance.length === 0 ? "There is no estimate yet." : null), elements: importance_table };
const kSpace = { id: "space", title: "Search space", wide: true, how: "What was searched, and where the best trial lies in it.",
  missing: (study) => (study.parameters.length === 0 ? "Nothing was searched: there is one configuration." : null), elements: space_table };
const kTimes = { id: "times", title: "Where the time went",
  how: "All slots' time while the study was being run; a long bar at the end is time that no trial used.", elements: time_table };
const kFailures = { id: "failures", title: "Failures", how: "Failed attempts by kind; those repeated with success cost time only.", elements: failure_table };

// [id, title, figures]; a text is a figure that needs the library.
const kSections = [
  ["progress", "Progress", ["history", "curves"]],
  ["goals", "Goals", ["pareto", "hypervolume"]],
  ["parameters", "Parameters", ["parallel", "slice", "contour", kImportance, "correlation", kSpace]],
  ["slots", "Time and slots", ["timeline", kTimes, kFailures, "lengths", "ecdf"]],
];

export class StudyPage {
  // `log_of(trial)` -> a promise of the end of its log, or of null.
  constructor(page, figures, log_of) {
    this.figures = figures;
    this.study = new Study(page);
    this.view = new View();
    const open = (id) => this.drawer.open(this.study, id);
    this.open = open;
    this.table = new TrialTable(this.view, open);
    this.comparison = new Comparison(this.view, figures, open);
    this.drawer = new Drawer(this.view, figures, log_of, (id, step) => this.table.neighbour(id, step));
    this.filters = new FilterBar(this.view);
    this.cards = [];
    this.summary = h("div", { class: "summary" });
    const sections = kSections.map(([id, title, list]) => this.section(id, title, list)).filter((one) => one);
    const trials = h("section", { class: "group", id: "trials", "aria-labelledby": "trials-title" }, h("h2", { id: "trials-title" }, "Trials"),
      h("div", { class: "card wide" }, h("p", { class: "how muted small" },
        "A column's head sorts by it, a row opens its trial; the filter above holds here and in the figures."), this.table.element));
    const compared = h("section", { class: "group", id: "comparison", "aria-labelledby": "comparison-title" },
      h("h2", { id: "comparison-title" }, "Comparison"), h("div", { class: "card wide" }, h("p", { class: "how muted small" },
        "What differs between the chosen trials is marked, and the better figure is bold."), this.comparison.element));
    const links = [...sections, trials, compared].map((one) => h("a", { href: `#${one.id}`, onclick: (event) => {
      event.preventDefault();
      document.getElementById(one.id).scrollIntoView({ behavior: "smooth" });
    } }, one.querySelector("h2").textContent));
    this.element = h("div", {}, this.summary, h("div", { class: "bar-line" }, h("nav", { class: "sections", "aria-label": "Sections" }, links),
      this.filters.element), sections, trials, compared, this.drawer.element);
    this.view.on_change((what) => this.redraw(what));
  }

  section(id, title, list) {
    const several = this.study.head.goals.length > 1;
    if (id === "goals" && !several) return null;
    const shown = id === "parameters" && this.study.parameters.length === 0 ? [kSpace] : list;
    const cards = shown.map((one) => (typeof one === "string" ? this.figures && this.figures.card(one, this) : new PlainCard(one))).filter((one) => one);
    if (cards.length === 0) return null;
    this.cards.push(...cards);
    return h("section", { class: "group", id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title),
      h("div", { class: "cards" }, cards.map((one) => one.element)));
  }

  start() {
    this.redraw("study");
  }

  // `what`: "study", "filter", "table" or "chosen".
  redraw(what) {
    if (what === "study") show_summary(this.summary, this.study, this.open);
    if (what === "study" || what === "filter") {
      this.filters.show(this.study);
      for (const card of this.cards) card.show(this.study, this.view);
    }
    this.table.show(this.study);
    if (what === "study" || what === "chosen") this.comparison.show(this.study);
    if (what === "study" && this.drawer.id !== null) this.drawer.show(this.study);
  }

  // Events may come faster than a screen is worth drawing.
  update(update) {
    this.study.update(update);
    if (this.pending) return;
    this.pending = setTimeout(() => {
      this.pending = null;
      this.redraw("study");
    }, Math.min(1000, 100 + this.study.trials.length / 20));
  }

  renew(page) {
    this.study = new Study(page);
    this.redraw("study");
  }

  recolour() {
    for (const card of this.cards) card.recolour();
    this.comparison.show(this.study);
    this.drawer.recolour();
  }

  dispose() {
    clearTimeout(this.pending);
    for (const card of this.cards) card.dispose?.();
    this.comparison.dispose();
    if (this.drawer.id !== null) this.drawer.element.close();
    replace(this.element);
  }

  // For tests, and for the curious in a browser's console: to look at, not to change.
  hooks() {
    const option = (id) => this.cards.find((card) => card.figure.id === id)?.chart?.option() ?? null;
    return Object.freeze({
      trials: () => this.study.trials.length,
      rows: () => this.table.rows.map((trial) => trial.id),
      ranking: () => this.study.ranking.map((trial) => trial.id),
      figures: () => this.cards.filter((card) => !(card instanceof PlainCard)).map((card) => card.figure.id),
      option,
      chart: (id) => this.cards.find((card) => card.figure.id === id)?.chart?.echarts ?? null,
      filter: (text) => this.view.set_filter(text),
      brush: () => Object.fromEntries(this.view.brush),
      open: this.open,
    });
  }
}
