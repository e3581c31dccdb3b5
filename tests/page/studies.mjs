// Studies that o2v-tune has run, their reports, and their records by other ways than the page's.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Folder {
  constructor() {
    this.path = mkdtempSync(join(tmpdir(), "o2v-page-"));
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true });
  }

  write(name, text, mode = 0o644) {
    writeFileSync(join(this.path, name), text);
    chmodSync(join(this.path, name), mode);
  }

  tune(...args) {
    return execFileSync(join(process.env.O2V_BIN, "o2v-tune"), args, { cwd: this.path, encoding: "utf8", maxBuffer: 1 << 28,
      env: { ...process.env, O2V_SHARE_CORES: "1", O2V_CACHE_DIR: join(this.path, "cache"), O2V_LOCKS: join(this.path, "locks"),
        O2V_POWERCAP: join(this.path, "powercap") } });
  }

  // Runs an experiment; its folder is runs/NAME.
  run(experiment, name = experiment.name) {
    this.write("experiment.json", JSON.stringify(experiment));
    this.tune("run", "experiment.json", "--quiet", "--out", `runs/${name}`);
  }

  // The address of a report of these studies.
  report(...runs) {
    return this.report_as("report.html", ...runs);
  }

  report_as(file, ...runs) {
    this.tune("report", ...runs, "-o", file);
    return `file://${this.path}/${file}`;
  }

  read(name) {
    return readFileSync(join(this.path, name), "utf8");
  }

  document(name = "report.html") {
    return JSON.parse(/<script type="application\/json" id="document">(.*?)<\/script>/s.exec(this.read(name))[1]);
  }

  leaderboard(run) {
    return JSON.parse(this.tune("leaderboard", run, "--all", "--format", "json"));
  }

  sql(run, query) {
    const text = execFileSync(process.env.O2V_SQLITE3, ["-json", `runs/${run}/study.db`, query], { cwd: this.path, encoding: "utf8", maxBuffer: 1 << 28 });
    return text === "" ? [] : JSON.parse(text);
  }
}

export const kMixedSpace = {
  enc0_network: { type: "categorical", values: ["hcnn", "bilstm", "pooled_embedding"] },
  enc0_cnn_filter_width: { type: "int", min: 1, max: 9, when: { enc0_network: ["hcnn"] } },
  enc0_layers: { type: "int", min: 1, max: 4, when: { enc0_network: ["hcnn", "bilstm"] } },
  enc_dim: { type: "int", min: 4, max: 4096, scale: "log" },
  mlp_dim: { type: "int", min: 2, max: 4096, scale: "log" },
  mlp_layers: { type: "int", min: 0, max: 4 },
  mlp_activation: { type: "categorical", values: ["relu", "tanh", "linear"] },
  optimizer: { type: "categorical", values: ["adam", "rmsprop", "adagrad", "sgd", "adadelta"] },
  learning_rate: { type: "float", min: 1e-6, max: 1, scale: "log" },
  dropout: { type: "float", min: 0, max: 0.8 },
};

// Of ten mixed parameters, with pruned trials.
export function mixed(name, trials, epochs = 6) {
  return { name, problem: "object2vec_like", fixed: { epochs }, objective: { metric: "validation:loss" },
    search: { strategy: "random", seed: 5, space: kMixedSpace }, pruner: { type: "median", startup_trials: 5 },
    budget: { trials }, resources: { slots: 2 } };
}

// A program with two goals and a constraint, which fails for some configurations.
export function several_goals(folder, trials) {
  folder.write("goals.sh", `#!/bin/sh
awk -v x="$1" -v y="$2" 'BEGIN { if (x > 0.9) { print "no room for <b>x</b>"; exit 3 }
  for (e = 0; e < 3; e++) printf "epoch=%d val_loss=%.6f seconds=%.6f bytes=%d\\n", e, (x - 0.2) ^ 2 + 0.1 * (3 - e) * y + 0.05, (1.2 - x) ^ 2 + 0.3 * y, 1000 + 9000 * x * y }'
`, 0o755);
  return { name: "goals", budget: { trials }, resources: { slots: 2 },
    objectives: [{ command: ["./goals.sh", "{x}", "{y}"], metric: "loss", direction: "minimize",
      metrics: [{ name: "loss", regex: "val_loss=(\\S+)" }, { name: "latency", regex: "seconds=(\\S+)" }, { name: "bytes", regex: "bytes=(\\d+)" }, { name: "epoch", regex: "^epoch=(\\d+)" }] },
    { metric: "latency", direction: "minimize" }],
    constraints: [{ metric: "bytes", max: 3000 }],
    search: { strategy: "random", seed: 2, space: { x: { type: "float", min: 0, max: 1 }, y: { type: "float", min: 0.001, max: 1 }, w: { type: "ordinal", values: [1, 2, 4, 8] } } } };
}
