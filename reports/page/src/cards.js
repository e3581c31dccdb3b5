// A figure's frame: title, how to read it, controls, the figure or why there is none.
import { h, replace } from "./dom.js";

export class Card {
  // figure: { id, title, how, wide, missing(study) -> why there is none, ... }
  constructor(figure) {
    this.figure = figure;
    this.controls = h("div", { class: "controls" });
    this.note = h("p", { class: "note muted small" });
    this.body = h("div", { class: "card-body" });
    this.element = h("section", { class: `card${figure.wide ? " wide" : ""}`, id: figure.id, "aria-labelledby": `${figure.id}-title` },
      h("div", { class: "card-head" }, h("h3", { id: `${figure.id}-title` }, figure.title), this.controls),
      h("p", { class: "how muted small" }, figure.how), this.body, this.note);
  }
}

// One that is made of elements, and needs no figures' library.
export class PlainCard extends Card {
  show(study, view) {
    const missing = this.figure.missing?.(study);
    replace(this.body, missing ? h("p", { class: "empty" }, missing) : this.figure.elements(study, view));
  }

  recolour() {}
}
