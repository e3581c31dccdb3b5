// Command lines about a trial, ready for a shell.

export function reproduce_command(study, trial) {
  return `o2v-tune reproduce ${trial.id} --run ${study.head.run}`;
}

export function commands_of(study, trial) {
  const { run } = study.head;
  const commands = [
    ["train it again and compare", reproduce_command(study, trial)],
    ["all that is recorded of it", `o2v-tune show ${trial.id} --run ${run}`],
    ["what it has printed", `o2v-tune tail ${trial.id} --run ${run}`],
  ];
  if (trial.model) commands.push(["take its model into use", `o2v-tune promote ${trial.id} --run ${run}`]);
  return commands;
}
