// Light or dark: the system's choice until the reader makes one.
import { h, icon, kIcons } from "./dom.js";

const kThemes = ["auto", "light", "dark"];
const kKey = "o2v-theme";

export class Theme {
  constructor() {
    this.choice = stored_choice();
    this.listeners = [];
    this.system = matchMedia("(prefers-color-scheme: dark)");
    this.system.addEventListener("change", () => this.apply());
    this.apply();
  }

  get is_dark() {
    return this.choice === "dark" || (this.choice === "auto" && this.system.matches);
  }

  on_change(listener) {
    this.listeners.push(listener);
  }

  choose(choice) {
    this.choice = choice;
    try {
      localStorage.setItem(kKey, choice);
    } catch {
      // A browser that keeps nothing keeps no theme either.
    }
    this.apply();
  }

  apply() {
    document.documentElement.dataset.theme = this.is_dark ? "dark" : "light";
    for (const listener of this.listeners) listener();
  }

  button() {
    const text = h("span", {}, this.choice);
    const next = () => kThemes[(kThemes.indexOf(this.choice) + 1) % kThemes.length];
    const button = h("button", { type: "button", class: "theme-button", title: "Colours: auto, light or dark",
      onclick: () => {
        this.choose(next());
        text.textContent = this.choice;
        button.setAttribute("aria-label", `Colours: ${this.choice}`);
      } }, icon(kIcons.theme), text);
    button.setAttribute("aria-label", `Colours: ${this.choice}`);
    return button;
  }
}

function stored_choice() {
  try {
    const choice = localStorage.getItem(kKey);
    return kThemes.includes(choice) ? choice : "auto";
  } catch {
    return "auto";
  }
}

// The style sheet's colours, for figures.
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const list = (name, n) => Array.from({ length: n }, (_, i) => of(`${name}-${i}`));
  return {
    text: of("text"), muted: of("muted"), line: of("line"), card: of("card"), accent: of("accent"), best: of("best"),
    faint: of("faint"), ramp: list("ramp", 5), diverging: list("diverging", 3), series: list("series", 8),
    state: Object.fromEntries(["completed", "pruned", "paused", "failed", "running", "waiting", "infeasible", "diverged"]
      .map((state) => [state, of(`state-${state}`)])),
  };
}
