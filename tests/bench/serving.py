#!/usr/bin/env python3
"""o2v-serve under load: MovieLens's liked or not, a small network (enc_dim 128, one layer of 256) and AWS's own size.

    tests/bench/serving.py build/release/bin --ratings ml-100k --work build/bench/serving [small|large ...] [--seconds 10]

Trains what is not in --work yet (one epoch: what is measured is time). Needs wrk. small: requests of 100 pairs, single pairs
at 500 requests a second, 64 clients with and without batches, answers beside `predict`'s, and `predict` beside the trainer's
evaluation; large: 64 clients with and without batches.
"""
import argparse
import os
import re
import signal
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(TREE, "worker/serve/bench")
SIZES = {"small": ["enc_dim=128", "mlp_dim=256", "learning_rate=0.001"],
         "large": ["enc_dim=2048", "mlp_dim=1024", "learning_rate=0.001"]}


class Bench:
    def __init__(self, options):
        self.programs, self.work, self.seconds = os.path.abspath(options.programs), os.path.abspath(options.work), options.seconds
        os.makedirs(self.work, exist_ok=True)
        self.program("o2v-prepare", "movielens", "--source", options.ratings, "--out", os.path.join(TREE, "experiments/data"))
        self.pairs = os.path.join(TREE, "experiments/data/movielens-liked/validation.jsonl")

    def program(self, name, *arguments):
        subprocess.run([os.path.join(self.programs, name), *arguments], check=True, stdout=subprocess.DEVNULL)

    def model(self, size):
        folder = os.path.join(self.work, size)
        model = os.path.join(folder, "models", size, "current")
        if not os.path.exists(model):
            settings = [word for setting in [*SIZES[size], "epochs=1"] for word in ("--set", setting)]
            self.program("o2v-tune", "train", os.path.join(TREE, "experiments/movielens-liked.json"), *settings, "--as", size, "--out",
                         folder, "--fresh", "--share")
        return model

    def served(self, model, ask, *more):
        """What asking a server gives."""
        server = subprocess.Popen([os.path.join(self.programs, "o2v-serve"), model, "--port", "0", *more], stdout=subprocess.PIPE, text=True)
        try:
            return ask(re.search(r"http://[\d.]+:\d+", server.stdout.readline())[0])
        finally:
            server.terminate()
            server.wait()

    def wrk(self, clients, pairs):
        def ask(url):
            told = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{self.seconds}s", "-s", f"{BENCH}/pairs.lua", url], check=True,
                                  capture_output=True, text=True, env=dict(os.environ, PAIRS=str(pairs))).stdout
            found = re.search(r"pairs a second: (\d+).*statuses other than 200: (\d+), socket errors (\d+)", told)
            if not found or found[2] != "0" or found[3] != "0":
                sys.exit(f"serving: requests failed: {told}")
            return int(found[1])
        return ask

    def python(self, script, *arguments):
        def ask(url):
            subprocess.run([sys.executable, f"{BENCH}/{script}", "--url", url, *arguments], check=True)
        return ask

    def batches(self, name, model):
        batched, single = self.served(model, self.wrk(64, 1)), self.served(model, self.wrk(64, 1), "--max-batch", "1")
        print(f"{name}, 64 clients: {batched} pairs a second, {single} unbatched: {batched / single:.2f} times", flush=True)

    def small(self):
        model = self.model("small")
        print(f"requests of 100 pairs, 8 clients: {self.served(model, self.wrk(8, 100))} pairs a second", flush=True)
        self.served(model, self.python("latency.py", "--seconds", str(self.seconds)))
        self.batches("small", model)
        answers = os.path.join(self.work, "answers.jsonl")
        self.program("o2v-tune", "predict", model, "--input", self.pairs, "--output", answers)
        self.served(model, self.python("agree.py", "--pairs", self.pairs, "--answers", answers))
        subprocess.run([os.path.join(self.programs, "o2v-bench-answers"), model, self.pairs], check=True)

    def large(self):
        self.batches("large", self.model("large"))


def main():
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs")
    parser.add_argument("what", nargs="*", default=["small", "large"])
    parser.add_argument("--ratings", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--train-only", action="store_true", help="only see to the models")
    options = parser.parse_args()
    bench = Bench(options)
    for name in options.what:
        bench.model(name) if options.train_only else getattr(bench, name)()


if __name__ == "__main__":
    main()
