"""Object2Vec's network for MovieLens (spec of the logged runs: two tables of 1024 columns, one token a side, one hidden
layer of 256 tanh units, squared error) as a PyTorch user writes it: one training step's time, printed like
o2v-bench-train's. usage: movielens_peer.py [--expert] [--batch 64] [--steps 50] [--threads 1]"""
import argparse
import time

import torch
from torch import nn

parser = argparse.ArgumentParser()
for name, value in dict(vocab=944, vocab1=1684, enc=1024, mlp=256, batch=64, steps=50, threads=1).items():
    parser.add_argument("--" + name, type=int, default=value)
parser.add_argument("--expert", action="store_true", help="sparse gradients and SparseAdam for the tables")
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(0)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.users = nn.Embedding(args.vocab, args.enc, sparse=args.expert)
        self.movies = nn.Embedding(args.vocab1, args.enc, sparse=args.expert)
        self.head = nn.Sequential(nn.Linear(4 * args.enc, args.mlp), nn.Tanh(), nn.Linear(args.mlp, 1))

    def forward(self, users, movies):
        u, v = self.users(users), self.movies(movies)
        return self.head(torch.cat([u * v, u, v, (u - v).abs()], 1)).squeeze(1)


def log_uniform(size):
    return (size ** torch.rand(args.batch)).long().clamp_(1, size - 1)


network = Network()
tables = [network.users.weight, network.movies.weight]
if args.expert:
    optimizers = [torch.optim.SparseAdam(tables, lr=1e-3), torch.optim.Adam(network.head.parameters(), lr=1e-3)]
else:
    optimizers = [torch.optim.Adam(network.parameters(), lr=1e-3)]
batches = [(log_uniform(args.vocab), log_uniform(args.vocab1), torch.rand(args.batch)) for _ in range(args.steps)]


def step(users, movies, ratings):
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    (network(users, movies) - ratings).square().mean().mul(0.5).backward()
    for optimizer in optimizers:
        optimizer.step()


for batch in batches[:5]:
    step(*batch)
best = float("inf")
for _ in range(3):
    started = time.perf_counter()
    for batch in batches:
        step(*batch)
    best = min(best, (time.perf_counter() - started) / len(batches))
kind = "expert" if args.expert else "plain"
print(f"movielens vocab={args.vocab}/{args.vocab1} seq=1 batch={args.batch} threads={args.threads} {kind}: "
      f"{args.batch / best:.0f} pairs/s ({best * 1e3:.2f} ms/step)")
