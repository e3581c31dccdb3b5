// All trials as a table: sorted, filtered, by pages.
import { append, copy, h, icon, kIcons, replace, state_mark } from "./dom.js";
import { duration_text, energy_text, exact_text, grouped, metric_text, plural, value_text } from "./format.js";
import { state_text } from "./study.js";
import { reproduce_command } from "./commands.js";

const kRows = 50;

// [{ key, head, number, read(trial), text(value) }]
function columns_of(study) {
  const columns = [
    { key: "rank", head: "rank", number: true, read: (t) => study.rank(t), text: exact_text },
    { key: "trial", head: "trial", number: true, read: (t) => t.id, text: exact_text },
    { key: "state", head: "state", read: state_text, text: exact_text },
  ];
  if (study.head.goals.length > 1)
    columns.push({ key: "front", head: "front", read: (t) => (study.front.has(t.id) ? "★" : ""), text: exact_text });
  for (const metric of study.metrics)
    columns.push({ key: `m:${metric}`, head: metric, number: true, read: (t) => t.values[metric] ?? null, text: metric_text, exact: true });
  columns.push({ key: "epochs", head: "epochs", number: true, read: (t) => t.epochs, text: exact_text },
    { key: "seconds", head: "time", number: true, read: (t) => t.seconds, text: duration_text });
  if (study.has_energy) columns.push({ key: "joules", head: "energy", number: true, read: (t) => t.joules ?? null, text: energy_text });
  for (const one of study.parameters) {
    const words = (one.values || []).some((value) => typeof value === "string");
    columns.push({ key: `p:${one.name}`, head: one.name, number: !words, read: (t) => t.params[one.name] ?? null, text: value_text, exact: true });
  }
  return columns;
}

function in_order(trials, columns, sort) {
  const column = columns.find((one) => one.key === sort.column) || columns[0];
  const keyed = trials.map((trial) => ({ trial, value: column.read(trial) }));
  const sign = sort.descending ? -1 : 1;
  keyed.sort((a, b) => {
    const [none_a, none_b] = [a.value === null || a.value === undefined, b.value === null || b.value === undefined];
    if (none_a || none_b) return none_a - none_b || a.trial.id - b.trial.id;  // what is absent comes last in both
    const order = typeof a.value === "number" ? a.value - b.value : String(a.value).localeCompare(String(b.value));
    return sign * order || a.trial.id - b.trial.id;
  });
  return keyed.map((one) => one.trial);
}

export class TrialTable {
  // `open(id)` shows a trial.
  constructor(view, open) {
    this.view = view;
    this.open = open;
    this.rows = [];  // all that match, in order
    this.count = h("p", { class: "muted", id: "table-count", role: "status" });
    this.table = h("table", { class: "trials" });
    this.pager = h("nav", { class: "pager", "aria-label": "Pages of the table" });
    this.element = h("div", {}, this.count, h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Trials" }, this.table), this.pager);
    this.table.addEventListener("keydown", (event) => this.move(event));
  }

  show(study) {
    this.study = study;
    this.columns = columns_of(study);
    this.rows = in_order(this.view.matching(study), this.columns, this.view.sort);
    const pages = Math.max(1, Math.ceil(this.rows.length / kRows));
    this.view.page = Math.min(this.view.page, pages - 1);
    const first = this.view.page * kRows;
    const shown = this.rows.slice(first, first + kRows);
    const focused = this.table.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    replace(this.table, this.heads(), h("tbody", {}, shown.map((trial) => this.row(trial))));
    if (focused) this.table.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.count.textContent = this.rows.length === study.trials.length ? plural(this.rows.length, "trial")
      : `${grouped(this.rows.length)} of ${plural(study.trials.length, "trial")}`;
    this.show_pager(pages, first, shown.length);
  }

  heads() {
    const { sort } = this.view;
    const heads = this.columns.map((column) => {
      const sorted = sort.column === column.key;
      return h("th", { scope: "col", class: column.number ? "number" : null,
        "aria-sort": sorted ? (sort.descending ? "descending" : "ascending") : null },
      h("button", { type: "button", "data-focus": `sort ${column.key}`, onclick: () => this.sort_by(column.key) },
        column.head, h("span", { class: "sort-mark", "aria-hidden": "true" }, sorted ? (sort.descending ? "▾" : "▴") : "")));
    });
    return h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "choose" }, h("span", { class: "off-screen" }, "compare")), heads,
      h("th", { scope: "col" }, h("span", { class: "off-screen" }, "command"))));
  }

  sort_by(key) {
    const { sort } = this.view;
    this.view.sort = { column: key, descending: sort.column === key && !sort.descending };
    this.view.page = 0;
    this.view.changed("table");
  }

  row(trial) {
    const choose = h("input", { type: "checkbox", "data-focus": `choose ${trial.id}`, "aria-label": `Compare trial ${trial.id}`,
      onchange: () => this.view.choose(trial.id, choose.checked) });
    choose.checked = this.view.chosen.has(trial.id);
    const cells = this.columns.map((column) => {
      const value = column.read(trial);
      if (column.key === "trial")
        return h("th", { scope: "row", class: "number" }, h("button", { type: "button", class: "link", "data-focus": `open ${trial.id}`,
          onclick: () => this.open(trial.id) }, trial.id));
      if (column.key === "state")
        return h("td", {}, state_mark(value, trial.reason || null));
      return h("td", { class: column.number ? "number" : null, title: column.exact && value !== null ? exact_text(value) : null }, column.text(value));
    });
    const command = reproduce_command(this.study, trial);
    const button = h("button", { type: "button", class: "icon-button", title: command, "data-focus": `copy ${trial.id}`,
      "aria-label": `Copy the command that reproduces trial ${trial.id}`, onclick: () => copy(command, button) }, icon(kIcons.copy));
    return h("tr", { class: trial === this.study.best ? "best" : null, "data-trial": trial.id,
      onclick: (event) => event.target.closest("button, input") || this.open(trial.id) },
    h("td", { class: "choose" }, choose), cells, h("td", {}, button));
  }

  show_pager(pages, first, shown) {
    replace(this.pager);
    if (pages === 1) return;
    const turn = (by) => () => {
      this.view.page += by;
      this.view.changed("table");
    };
    const { page } = this.view;
    append(this.pager, [
      h("button", { type: "button", disabled: page === 0, onclick: turn(-page) }, "First"),
      h("button", { type: "button", disabled: page === 0, onclick: turn(-1) }, "Previous"),
      h("span", { class: "muted" }, `${grouped(first + 1)} to ${grouped(first + shown)} of ${grouped(this.rows.length)}`),
      h("button", { type: "button", disabled: page === pages - 1, onclick: turn(1) }, "Next"),
      h("button", { type: "button", disabled: page === pages - 1, onclick: turn(pages - 1 - page) }, "Last")]);
  }

  // Arrow keys go from trial to trial.
  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest("tbody tr");
    if (!step || !row) return;
    const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (!next) return;
    event.preventDefault();
    next.querySelector("th button").focus();
  }

  // The trial before or after another in the table's order; null at its ends.
  neighbour(id, step) {
    const at = this.rows.findIndex((trial) => trial.id === id);
    return at < 0 ? null : this.rows[at + step]?.id ?? null;
  }
}
