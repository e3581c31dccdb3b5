// A study out of its document, and what its trials mean to each other.

const kStateOrder = ["completed", "pruned", "paused", "failed", "running", "waiting"];

export class Study {
  constructor(page) {
    this.trials = [];
    this.set_head(page);
    this.take(page.trials);
  }

  // The document's update: the head as it is now, and the trials that have changed.
  update({ head, trials }) {
    this.set_head(head);
    this.take(trials);
  }

  set_head(head) {
    this.head = head;
    this.goal = head.goals[0];
    this.runs = head.runs.map(({ start, end }) => ({ start, end: end ?? head.now }));  // a run that goes on: until now
    this.parameters = head.space.map(listed_where_few);
    this.metrics = [...new Set([...head.goals, ...head.constraints].map((one) => one.metric))];
  }

  take(trials) {
    for (const trial of trials) this.trials[trial.id] = trial;
    this.front = new Set(this.head.front);
    this.ended = this.trials.filter((trial) => trial.ended !== null).sort((a, b) => a.ended - b.ended);
    this.best_so_far = best_so_far(this);
    const places = places_of(this);
    this.ranking = places.map((place) => place.trial);
    this.ranks = ranks_of(this, places);
    this.best = this.head.best === null ? null : this.trials[this.head.best];
  }

  rank(trial) {
    return this.ranks.get(trial.id) ?? null;
  }

  parameter(name) {
    return this.parameters.find((one) => one.name === name);
  }

  // Has the machine told what any trial has used?
  get has_energy() {
    return this.trials.some((trial) => trial.joules !== undefined);
  }

  // The goal of this metric; undefined when it is none's.
  goal_of(metric) {
    return this.head.goals.find((goal) => goal.metric === metric);
  }

  // The moment until which this study is known.
  get until() {
    return this.head.running || this.runs.length === 0 ? this.head.now : Math.max(...this.runs.map((run) => run.end));
  }

  // For how long it has been run.
  get running_seconds() {
    return this.runs.reduce((sum, run) => sum + run.end - run.start, 0);
  }
}

// A range of few integers is shown like a list of them: a lane each.
function listed_where_few(parameter) {
  const { type, scale, min, max, step } = parameter;
  if (type !== "int" || scale !== "linear" || (max - min) / step > 9) return parameter;
  return { ...parameter, values: Array.from({ length: Math.floor((max - min) / step) + 1 }, (_, i) => min + i * step) };
}

export function is_better(goal, a, b) {
  return goal.direction === "minimize" ? a < b : a > b;
}

export function goal_text(goal) {
  return `${goal.direction} ${goal.metric}`;
}

// What a person calls the state: a completed trial outside of a constraint is "infeasible".
export function state_text(trial) {
  if (trial.feasible === false) return "infeasible";
  return trial.diverged ? "diverged" : trial.state;
}

// An entry a trial that has ended: the best of the feasible ones until then, or null.
function best_so_far(study) {
  let best = null;
  return study.ended.map((trial) => {
    const counts = trial.feasible === true && trial.value !== null;
    if (counts && (best === null || is_better(study.goal, trial.value, best.value))) best = trial;
    return best;
  });
}

// The leaderboard's order: those that ended, and the paused ones with a value among the pruned; with several goals the
// Pareto front before all others: [{ trial, group, violation }].
function places_of(study) {
  const group = (t) => (study.front.has(t.id) ? -1 : t.state === "paused" ? 1 : kStateOrder.indexOf(t.state));
  const violation = (t) => (t.state === "completed" ? t.violation ?? Infinity : 0);
  return study.trials.filter((t) => t.ended !== null || (t.state === "paused" && t.value !== null))
    .map((trial) => ({ trial, group: group(trial), violation: violation(trial) }))
    .sort((a, b) => a.group - b.group || compare(a.violation, b.violation) ||
      by_value(study.goal, a.trial, b.trial) || a.trial.id - b.trial.id);
}

// By trial, of those with a value: equals in every goal share a rank, and the next is as many further.
function ranks_of(study, places) {
  const equal = (a, b) => a.group === b.group && a.violation === b.violation &&
    study.head.goals.every(({ metric }) => a.trial.values[metric] === b.trial.values[metric]);
  const ranks = new Map();
  let before = null;
  for (const place of places) {
    if (place.trial.value === null) continue;
    ranks.set(place.trial.id, before && equal(before, place) ? ranks.get(before.trial.id) : ranks.size + 1);
    before = place;
  }
  return ranks;
}

function compare(a, b) {
  return a === b ? 0 : a - b;
}

function by_value(goal, a, b) {
  if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
  if (a.value === b.value) return 0;
  return is_better(goal, a.value, b.value) ? -1 : 1;
}

// Of the best `few` and, evenly over the others, as many as fit into `limit`: what is drawn of too many.
export function thinned(trials, study, limit, few = limit >> 2) {
  if (trials.length <= limit) return trials;
  const best = new Set(trials.filter((t) => study.rank(t) !== null)
    .sort((a, b) => study.rank(a) - study.rank(b)).slice(0, few));
  const rest = trials.filter((t) => !best.has(t));
  const free = limit - best.size;
  const kept = new Set(best);
  for (let i = 0; i < free; ++i) kept.add(rest[Math.floor((i * rest.length) / free)]);
  return trials.filter((t) => kept.has(t));
}
