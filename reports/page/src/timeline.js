// What the slots did: the attempts as bars, and how busy each slot was.

// [{ slot, trial, attempt, start, end, open }] in order of start; an attempt that goes on ends now.
export function attempt_bars(study) {
  const bars = [];
  for (const trial of study.trials) {
    for (const attempt of trial.attempts) {
      if (attempt.start === null) continue;
      const end = attempt.end ?? study.until;
      bars.push({ slot: attempt.slot, trial, attempt, start: attempt.start, end: Math.max(end, attempt.start),
        open: attempt.end === null });
    }
  }
  return bars.sort((a, b) => a.start - b.start);
}

export function slots_of(bars) {
  return [...new Set(bars.map((bar) => bar.slot))].sort((a, b) => Number(a) - Number(b) || String(a).localeCompare(b));
}

// Of the time in which the study was being run, the share in which each slot had an attempt: [{ slot, busy, share }].
// Attempts that share a slot count once.
export function utilisation(study) {
  const bars = attempt_bars(study);
  const whole = study.running_seconds;
  return slots_of(bars).map((slot) => {
    let [busy, until] = [0, -Infinity];
    for (const bar of bars) {
      if (bar.slot !== slot || bar.end <= until) continue;
      busy += bar.end - Math.max(bar.start, until);
      until = bar.end;
    }
    return { slot, busy, share: whole > 0 ? Math.min(1, busy / whole) : 0 };
  });
}

// Where the slots' time went, in seconds: [{ what, seconds, state }].
export function time_breakdown(study) {
  const bars = attempt_bars(study);
  if (bars.length === 0) return [];
  const of = (test) => study.trials.filter(test).reduce((sum, trial) => sum + trial.seconds, 0);
  const slots = utilisation(study);
  const busy = slots.reduce((sum, slot) => sum + slot.busy, 0);
  const parts = [
    { what: "epochs of completed trials", seconds: of((t) => t.state === "completed"), state: "completed" },
    { what: "epochs of pruned and paused trials", seconds: of((t) => ["pruned", "paused"].includes(t.state)), state: "pruned" },
    { what: "epochs of failed trials", seconds: of((t) => t.state === "failed"), state: "failed" },
    { what: "epochs of open trials", seconds: of((t) => ["running", "waiting"].includes(t.state)), state: "running" },
  ];
  const epochs = parts.reduce((sum, part) => sum + part.seconds, 0);
  parts.push({ what: "between epochs: start, checkpoints, repeated work, answers", seconds: Math.max(0, busy - epochs), state: "paused" });
  parts.push({ what: "idle slots", seconds: Math.max(0, slots.length * study.running_seconds - busy), state: "waiting" });
  return parts.filter((part) => part.seconds > 0);
}

// [{ kind, times, trials, lost, example }] of attempts that failed, the most frequent first.
export function failure_breakdown(study) {
  const kinds = new Map();
  for (const trial of study.trials) {
    for (const { failure } of trial.attempts) {
      if (!failure) continue;
      if (!kinds.has(failure.kind)) kinds.set(failure.kind, { kind: failure.kind, times: 0, trials: new Set(), lost: 0, example: "" });
      const kind = kinds.get(failure.kind);
      kind.times += 1;
      kind.trials.add(trial.id);
      kind.example = failure.message || kind.example;
    }
  }
  for (const kind of kinds.values())
    kind.lost = [...kind.trials].filter((id) => study.trials[id].state === "failed").length;
  return [...kinds.values()].sort((a, b) => b.times - a.times);
}

// [{ epochs, completed, pruned, failed }]: after how many epochs trials ended.
export function lengths(study) {
  const by_epochs = new Map();
  for (const trial of study.ended) {
    if (!by_epochs.has(trial.epochs)) by_epochs.set(trial.epochs, { epochs: trial.epochs, completed: 0, pruned: 0, failed: 0 });
    by_epochs.get(trial.epochs)[trial.state] += 1;
  }
  return [...by_epochs.values()].sort((a, b) => a.epochs - b.epochs);
}
