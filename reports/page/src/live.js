// The studies of the server that this page comes from.

const kRetrySeconds = 2;

async function ask(path) {
  const answer = await fetch(path, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.statusText}`);
  return answer;
}

function study_path(name) {
  return `api/studies/${encodeURIComponent(name)}`;
}

export async function list_studies() {
  return (await ask("api/studies")).json();
}

export async function log_of(name, trial) {
  return (await ask(`${study_path(name)}/trials/${trial}/log`)).text();
}

// Follows a study. `got(document)` when it is there whole, and again whenever the connection had been lost;
// `updated({head, trials})` whenever it has changed; `connected(boolean, reason)`.
export class Following {
  constructor(name, { got, updated, connected }) {
    Object.assign(this, { name, got, updated, connected });
    this.over = false;
    this.open();
  }

  stop() {
    this.over = true;
    clearTimeout(this.timer);
    this.events?.close();
  }

  // The events first and the document then, so that none is missed: what comes in between is applied afterwards.
  open() {
    const waiting = [];
    let whole = false;
    const events = new EventSource(`${study_path(this.name)}/events`);
    this.events = events;
    events.addEventListener("study", (event) => {
      const update = JSON.parse(event.data);
      if (whole) this.updated(update);
      else waiting.push(update);
    });
    events.addEventListener("open", async () => {
      try {
        const page = await (await ask(study_path(this.name))).json();
        if (this.over || this.events !== events) return;
        this.got(page);
        whole = true;
        for (const update of waiting) this.updated(update);
        this.connected(true);
      } catch (error) {
        this.lost(error.message);
      }
    });
    events.addEventListener("error", () => this.lost("the server does not answer"));
  }

  lost(reason) {
    if (this.over) return;
    this.events.close();
    this.connected(false, reason);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), kRetrySeconds * 1000);
  }
}
