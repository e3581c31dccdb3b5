// The page: its frame, which study is shown, and who is told when something changes.
import { choice, h, replace } from "./dom.js";
import { moment_text, plural } from "./format.js";
import { Following, list_studies, log_of } from "./live.js";
import { StudyPage } from "./study_page.js";
import { Theme } from "./theme.js";

const kListSeconds = 5;

class App {
  constructor(figures) {
    this.figures = figures;
    this.theme = new Theme();
    this.live = document.getElementById("document") === null;
    this.documents = new Map();
    this.connection = h("span", { class: "connection", role: "status" });
    this.picker = h("div", { class: "picker" });
    this.content = h("main", { id: "content", tabindex: "-1" });
    replace(document.getElementById("app"),
      h("header", { class: "top" }, h("span", { class: "brand" }, "o2v-tune"), this.picker, h("span", { class: "spring" }),
        this.connection, this.theme.button()),
      !figures && h("p", { class: "notice", id: "tables-only" },
        "Tables only: this page was built where the figures' library was not to be had. Its numbers are the same."),
      this.content, h("div", { id: "announcements", class: "off-screen", "aria-live": "polite" }),
      this.footer = h("footer", { class: "muted small" }));
    this.theme.on_change(() => this.page?.recolour());
  }

  // The study of the address, where it is one of those there are.
  wanted(names) {
    const wanted = new URLSearchParams(location.hash.slice(1)).get("study");
    return names.includes(wanted) ? wanted : names[0];
  }

  show_picker(studies, shown) {
    if (studies.length < 2 && !this.live) return;
    const picker = choice("study", studies.map((one) => [one.name, picker_text(one)]), shown, (name) => this.pick(name));
    picker.querySelector("select").id = "study-picker";
    replace(this.picker, picker);
  }

  pick(name) {
    const hash = new URLSearchParams({ study: name }).toString();
    history.replaceState(null, "", `#${hash}`);
    if (this.live) this.follow(name);
    else this.show(name, this.documents.get(name));
  }

  // `name`: as the picker has it.
  show(name, page) {
    if (this.page && this.shown === name) {
      this.page.renew(page);
      return;
    }
    this.page?.dispose();
    this.shown = name;
    document.title = `${page.name} · o2v-tune`;
    this.page = new StudyPage(page, this.figures, async (trial) => (this.live ? log_of(this.followed, trial.id) : trial.log));
    replace(this.content, this.page.element);
    this.page.start();
    replace(this.footer, `o2v-tune ${page.version}`, this.live ? "" : ` · written ${moment_text(page.now)}`);
    window.o2v = this.page.hooks();
  }

  follow(name) {
    this.following?.stop();
    this.followed = name;
    this.following = new Following(name, {
      got: (page) => this.show(name, page),
      updated: (update) => this.page?.update(update),
      connected: (on, reason) => this.show_connection(on, reason),
    });
  }

  show_connection(on, reason = "") {
    this.connection.className = `connection ${on ? "on" : "off"}`;
    replace(this.connection, on ? "live" : `not connected: ${reason}`);
  }

  async look_around() {
    try {
      const studies = await list_studies();
      if (studies.length === 0) {
        replace(this.content, h("p", { class: "empty" }, "There is no study here yet; this page shows the first one as soon as it begins."));
      } else {
        if (!this.followed) this.follow(this.wanted(studies.map((one) => one.name)));
        const text = JSON.stringify(studies.map((one) => [one.name, picker_text(one)]));
        if (text !== this.listed && !this.picker.contains(document.activeElement)) {
          this.show_picker(studies, this.followed);
          this.listed = text;
        }
      }
    } catch (error) {
      this.show_connection(false, error.message);
    }
    setTimeout(() => this.look_around(), kListSeconds * 1000);
  }

  begin() {
    if (this.live) {
      this.look_around();
      return;
    }
    const pages = [JSON.parse(document.getElementById("document").textContent)].flat();
    // By name, or by folder where several have the same.
    for (const page of pages) this.documents.set(pages.filter(({ name }) => name === page.name).length > 1 ? page.run : page.name, page);
    const names = [...this.documents.keys()];
    const shown = this.wanted(names);
    this.show_picker(names.map((name) => ({ name, trials: this.documents.get(name).trials.length })), shown);
    this.show(shown, this.documents.get(shown));
  }
}

function picker_text({ name, trials, state }) {
  return `${name} (${plural(trials, "trial")}${state === "running" ? ", running" : ""})`;
}

// `figures` is null where there is no library for them.
export function start(figures) {
  new App(figures).begin();
}
