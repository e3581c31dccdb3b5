#!/usr/bin/python3
"""Writes networks.safetensors and optimizers.safetensors beside this file, for golden_test.cpp.

Run with Debian's python3-torch; nothing else is needed. A plain PyTorch Object2Vec in float64, written from
model/README.md and the Object2Vec notes: sequences padded to max_seq_len, one operation after the other, no short
cuts. Weights are float32 numbers, so both sides start from the same; everything is rounded to float32 when written.

Every case's weights come from the first seed at which
- no value lies within MARGIN of a kink (ReLU at 0, |u - v| at 0, two different maxima over time): there the gradient
  would hang on the last bit. A margin of 1e-4 is 1000 times float32's error here;
- every parameter's gradient counts: its largest element is at least FAINT times the network's largest (a layer of dead
  ReLUs would test nothing), and CANCELLED times what it would be if the pairs' contributions had one sign (what is
  left of terms that cancelled is mostly rounding).
"""

import json
import math
import pathlib
import struct

import torch
from torch import nn

FOLDER = pathlib.Path(__file__).resolve().parent
MARGIN = 1e-4
FAINT = 5e-4
CANCELLED = 0.03
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


# ---- the network

class Kinks:
    """The least distance to a kink since the last clear()."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.least = math.inf

    def add(self, distances):
        # A distance of exactly (or to the last bits) 0 is no accident: equal windows, or both sides without tokens.
        # Their gradients agree whichever of them is taken.
        distances = distances.detach().abs()
        distances = distances[distances > 1e-12]
        if distances.numel():
            self.least = min(self.least, distances.min().item())


KINKS = Kinks()


def maximum_over_time(x):
    """[B, C, T] -> [B, C]"""
    best = x.max(dim=2)
    KINKS.add(best.values.unsqueeze(2) - x)
    return best.values


class PooledEmbedding(nn.Module):
    def __init__(self, _options, _enc_dim):
        super().__init__()

    def forward(self, tokens, vectors):
        count = (tokens != 0).sum(dim=1, keepdim=True)
        return vectors.sum(dim=1) / torch.where(count == 0, torch.ones_like(count), count)


class Hcnn(nn.Module):
    def __init__(self, options, enc_dim):
        super().__init__()
        self.layers, self.width = options["layers"], options["cnn_filter_width"]
        channels = options["token_embedding_dim"]
        for layer in range(self.layers):
            filters = enc_dim // self.layers + (1 if layer < enc_dim % self.layers else 0)
            self.add_module(f"conv_{layer}", nn.Conv1d(channels, filters, self.width))
            channels = filters

    def forward(self, tokens, vectors):
        x = vectors.transpose(1, 2)
        maxima = []
        for layer in range(self.layers):
            before = (self.width - 1) // 2
            x = nn.functional.pad(x, (before, self.width - 1 - before))
            x = getattr(self, f"conv_{layer}")(x)
            KINKS.add(x)
            x = torch.relu(x)
            maxima.append(maximum_over_time(x))
        return torch.cat(maxima, dim=1)


class Bilstm(nn.Module):
    def __init__(self, options, enc_dim):
        super().__init__()
        self.enc_dim, self.layers = enc_dim, options["layers"]
        hidden = (enc_dim + 1) // 2
        inputs = options["token_embedding_dim"]
        for layer in range(self.layers):
            self.add_module(f"lstm_{layer}", nn.LSTM(inputs, hidden, bidirectional=True, batch_first=True))
            inputs = 2 * hidden

    def forward(self, tokens, vectors):
        rows = []
        for row_tokens, row_vectors in zip(tokens, vectors):
            x = row_vectors[row_tokens != 0].unsqueeze(0)
            if x.shape[1] == 0:
                rows.append(torch.zeros(1, self.enc_dim))
                continue
            for layer in range(self.layers):
                x, _ = getattr(self, f"lstm_{layer}")(x)
            rows.append(maximum_over_time(x.transpose(1, 2))[:, : self.enc_dim])
        return torch.cat(rows, dim=0)


ENCODERS = {"pooled_embedding": PooledEmbedding, "hcnn": Hcnn, "bilstm": Bilstm}


class Object2Vec(nn.Module):
    """Of hyperparameters under SageMaker's names, all given."""

    def __init__(self, h):
        super().__init__()
        self.h = h
        self.sides = [
            {key[5:]: value for key, value in h.items() if key.startswith(f"enc{side}_")} for side in range(2)
        ]
        self.tables = ["embed_shared"] * 2 if h["tied_token_embedding_weight"] else ["embed_0", "embed_1"]
        for side in range(2):
            e = self.sides[side]
            if self.tables[side] not in dict(self.named_children()):
                self.add_module(self.tables[side], nn.Embedding(e["vocab_size"], e["token_embedding_dim"]))
            self.add_module(f"enc{side}", ENCODERS[e["network"]](e, h["enc_dim"]))
        self.comparators = [name.strip() for name in h["comparator_list"].split(",")]
        width = h["enc_dim"] * sum(2 if name == "concat" else 1 for name in self.comparators)
        for layer in range(h["mlp_layers"]):
            self.add_module(f"fc_{layer}", nn.Linear(width, h["mlp_dim"]))
            width = h["mlp_dim"]
        self.regression = h["output_layer"] == "mean_squared_error"
        self.add_module("output", nn.Linear(width, 1 if self.regression else h["num_classes"]))

    def encode(self, side, sequences):
        length = self.sides[side]["max_seq_len"]
        tokens = torch.tensor([row + [0] * (length - len(row)) for row in sequences])
        mask = (tokens != 0).unsqueeze(2)
        vectors = getattr(self, self.tables[side])(tokens) * mask
        return getattr(self, f"enc{side}")(tokens, vectors)

    def forward(self, batch):
        u, v = (self.encode(side, batch["in"][side]) for side in range(2))
        parts = []
        for name in self.comparators:
            if name == "hadamard":
                parts.append(u * v)
            elif name == "concat":
                parts += [u, v]
            else:
                KINKS.add(u - v)
                parts.append((u - v).abs())
        x = torch.cat(parts, dim=1)
        for layer in range(self.h["mlp_layers"]):
            x = getattr(self, f"fc_{layer}")(x)
            if self.h["mlp_activation"] == "tanh":
                x = torch.tanh(x)
            elif self.h["mlp_activation"] == "relu":
                KINKS.add(x)
                x = torch.relu(x)
        return u, v, getattr(self, "output")(x)

    def loss(self, outputs, labels):
        """The cross-entropy; or half the squared error, whose gradient is MXNet's LinearRegressionOutput's."""
        if self.regression:
            return 0.5 * ((outputs[:, 0] - torch.tensor(labels)) ** 2).mean()
        probabilities = torch.softmax(outputs, dim=1)
        return -torch.log(probabilities[torch.arange(len(labels)), torch.tensor(labels).long()]).mean()


def set_weights(model, seed):
    """Uniform float32 numbers, larger than initial ones, so that all that can go wrong shows."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            bound = 0.9 if name.startswith("embed_") else 0.3 if "bias" in name else 0.6
            numbers = torch.rand(parameter.shape, generator=generator, dtype=torch.float32)
            parameter.copy_((numbers * 2 - 1) * bound)
            parameter.copy_(parameter.float().double())
            if name.startswith("embed_"):
                parameter[0] = 0


# ---- files

TYPES = {torch.float32: "F32", torch.int32: "I32", torch.int64: "I64"}


def write_safetensors(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name in sorted(tensors):
        tensor = tensors[name].detach().contiguous()
        if tensor.dtype == torch.float64:
            tensor = tensor.float()
        raw = tensor.numpy().tobytes()
        header[name] = {
            "dtype": TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{path.name}: {path.stat().st_size} bytes, {len(tensors)} tensors")


def as_text(described):
    """Booleans as SageMaker spells them."""
    return json.dumps({
        name: {key: str(value).lower() if isinstance(value, bool) else value for key, value in h.items()}
        for name, h in described.items()
    })


def flat(tensors):
    """All in the order of their names, row-major, in one: a header entry each would outweigh the numbers."""
    return torch.cat([tensors[name].detach().reshape(-1) for name in sorted(tensors)])


def batch_tensors(batch):
    tensors = {"labels": torch.tensor(batch["labels"]).float()}
    for side in range(2):
        offsets = [0]
        for row in batch["in"][side]:
            offsets.append(offsets[-1] + len(row))
        tokens = [token for row in batch["in"][side] for token in row]
        tensors[f"in{side}.tokens"] = torch.tensor(tokens, dtype=torch.int32)
        tensors[f"in{side}.offsets"] = torch.tensor(offsets, dtype=torch.int64)
    return tensors


# ---- networks.safetensors

COMPARATORS = [
    "hadamard",
    "concat",
    "abs_diff",
    "hadamard, concat",
    "abs_diff, hadamard",
    "concat, abs_diff",
    "hadamard, concat, abs_diff",
]
WIDTHS = [1, 2, 3, 5]
ACTIVATIONS = ["tanh", "relu", "linear"]


def random_batch(h, rows, generator):
    """`rows` "mixed": a sequence of max_seq_len, padding in the midst, padding alone, none at all, one token,
    repeated tokens, and a pair without any token. "short": the same, but no sequence longer than 4. "one": a single pair."""

    def number(low, high):
        return int(torch.randint(low, high + 1, (1,), generator=generator))

    def sequence(side, kind):
        vocab, longest = h[f"enc{side}_vocab_size"], h[f"enc{side}_max_seq_len"]
        a, b = number(1, vocab - 1), number(1, vocab - 1)
        if kind == "longest":
            return [number(1, vocab - 1) for _ in range(4 if rows == "short" else longest)]
        return {"holes": [0, a, 0, b], "padding": [0, 0], "repeated": [a, a, b], "empty": [], "single": [a]}[kind]

    kinds = [("longest", "single"), ("holes", "longest"), ("repeated", "holes"), ("padding", "repeated"),
             ("single", "empty"), ("empty", "padding"), ("repeated", "repeated")]
    if rows == "one":
        kinds = [("holes", "repeated")]
    batch = {"in": [[sequence(side, pair[side]) for pair in kinds] for side in range(2)]}
    if h["output_layer"] == "softmax":
        batch["labels"] = [float(number(0, h["num_classes"] - 1)) for _ in kinds]
    else:
        batch["labels"] = [number(-200, 200) / 64 for _ in kinds]
    return batch


def hyperparameters(networks, comparators, output_layer, i):
    """What is not given varies with i."""
    tied = i % 2 == 1
    pooled = "pooled_embedding" in networks
    enc_dim = [7, 5, 6, 8][i % 4]  # multiples of the layers and not, even and odd
    h = {
        "enc_dim": enc_dim,
        "comparator_list": comparators,
        "mlp_layers": i % 3,
        "mlp_dim": 4,
        "mlp_activation": ACTIVATIONS[(i // 2 + list(ENCODERS).index(networks[0])) % 3],
        "output_layer": output_layer,
        "num_classes": 2 + i // 3 % 3,
        "tied_token_embedding_weight": tied,
    }
    for side in range(2):
        k = i + 5 * side
        bilstm = networks[side] == "bilstm"
        h |= {
            f"enc{side}_network": networks[side],
            f"enc{side}_layers": 1 if networks[side] == "pooled_embedding" else 1 + k % (2 if bilstm else 4),
            f"enc{side}_cnn_filter_width": WIDTHS[(k + k // 4) % 4],
            f"enc{side}_token_embedding_dim": (
                enc_dim if networks[side] == "pooled_embedding" or (tied and pooled) else 3 if tied else 3 + side),
            f"enc{side}_max_seq_len": [13, 7][side] if i % 3 else [6, 16][side],
            f"enc{side}_vocab_size": 8 if tied else 7 + 2 * side,
        }
    return h


def cases():
    """name -> hyperparameters, rows"""
    result = {}

    def add(networks, comparators, output_layer, i):
        h = hyperparameters(networks, comparators, output_layer, i)
        name = "{}/{}".format(networks[0] if networks[0] == networks[1] else "mixed", i)
        result[name] = h, ["mixed", "short", "mixed", "mixed", "short", "one"][i % 6]

    outputs = ["softmax", "mean_squared_error"]
    for network in ENCODERS:
        for i, (comparators, output_layer) in enumerate((c, o) for c in COMPARATORS for o in outputs):
            add([network, network], comparators, output_layer, i)
    mixtures = [(a, b) for a in ENCODERS for b in ENCODERS if a != b]
    for i, networks in enumerate(mixtures):
        add(networks, ["hadamard, concat, abs_diff", "abs_diff, concat, hadamard"][i % 2], outputs[i // 2 % 2], i)
    return result


def first_good(build, margin):
    """The first result of build(seed) that is not None and came no nearer than `margin` to a kink."""
    for seed in range(1, 10000):
        KINKS.clear()
        result = build(seed)
        if result is not None and KINKS.least > margin:
            return result
    raise RuntimeError("no seed will do")


def gradients_count(model, batch):
    largest = [parameter.grad.abs().max().item() for parameter in model.parameters()]
    if min(largest) < FAINT * max(largest):
        return False
    pairs = len(batch["labels"])
    magnitudes = [torch.zeros_like(parameter) for parameter in model.parameters()]
    for row in range(pairs):
        one = {"in": [[side[row]] for side in batch["in"]], "labels": [batch["labels"][row]]}
        loss = model.loss(model(one)[2], one["labels"]) / pairs
        gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
        for sum_of, gradient in zip(magnitudes, gradients):
            if gradient is not None:
                sum_of += gradient.abs()
    return all(own >= CANCELLED * sum_of.max().item() for own, sum_of in zip(largest, magnitudes))


def write_networks():
    tensors, described = {}, {}
    for name, (h, rows) in cases().items():

        def build(seed, h=h, rows=rows):
            model = Object2Vec(h)
            set_weights(model, seed)
            batch = random_batch(h, rows, torch.Generator().manual_seed(seed))
            u, v, outputs = model(batch)
            loss = model.loss(outputs, batch["labels"])
            loss.backward()
            return (model, batch, u, v, outputs, loss) if gradients_count(model, batch) else None

        model, batch, u, v, outputs, loss = first_good(build, MARGIN)
        described[name] = h
        own = batch_tensors(batch) | {"encoded0": u, "encoded1": v, "outputs": outputs, "loss": loss}
        own["weights"] = flat(dict(model.named_parameters()))
        own["gradients"] = flat({key: parameter.grad for key, parameter in model.named_parameters()})
        tensors |= {f"{name}/{key}": tensor for key, tensor in own.items()}
    write_safetensors(FOLDER / "networks.safetensors", tensors, {"cases": as_text(described)})


# ---- optimizers.safetensors

STEPS = 100
ROWS = 4  # of a batch
MODEL = {
    "enc_dim": 5,
    "comparator_list": "hadamard, concat, abs_diff",
    "mlp_layers": 1,
    "mlp_dim": 4,
    "mlp_activation": "tanh",
    "output_layer": "mean_squared_error",
    "num_classes": 2,
    "tied_token_embedding_weight": False,
    "enc0_network": "hcnn",
    "enc0_layers": 2,
    "enc0_cnn_filter_width": 3,
    "enc0_token_embedding_dim": 3,
    "enc0_max_seq_len": 5,
    "enc0_vocab_size": 14,
    "enc1_network": "bilstm",
    "enc1_layers": 1,
    "enc1_cnn_filter_width": 3,
    "enc1_token_embedding_dim": 4,
    "enc1_max_seq_len": 5,
    "enc1_vocab_size": 14,
}
RATES = {"adam": 0.002, "adagrad": 0.01, "adadelta": 0.01, "sgd": 0.02, "rmsprop": 0.001}


def schedule(generator):
    """STEPS * ROWS pairs. Tokens 1 to 8 are frequent, 9 stands in step 1 alone, 10 in the last, 11 in steps 50 and
    51, 12 in every 30th, 13 nowhere. Steps count from 1."""
    batch = {"in": [[], []], "labels": []}
    for step in range(1, STEPS + 1):
        rare = [token for token, there in [(9, step == 1), (10, step == STEPS), (11, step in (50, 51)),
                                           (12, step % 30 == 0)] if there]
        for row in range(ROWS):
            for side in range(2):
                length = int(torch.randint(1, 4, (1,), generator=generator))
                tokens = torch.randint(0, 9, (length,), generator=generator).tolist()
                batch["in"][side].append(tokens + rare if row == side else tokens)
            batch["labels"].append(int(torch.randint(-128, 129, (1,), generator=generator)) / 64)
    return batch


class PlainOptimizer:
    """MXNet 1.5's five optimizers, coupled decay for all but biases, one parameter after the other."""

    def __init__(self, model, optimizer, decay, row_sparse):
        self.model, self.optimizer, self.decay, self.row_sparse = model, optimizer, decay, row_sparse
        self.rate, self.t = RATES[optimizer], 0
        self.first = {name: torch.zeros_like(p) for name, p in model.named_parameters()}
        self.second = {name: torch.zeros_like(p) for name, p in model.named_parameters()}

    def step(self, batch):
        self.t += 1
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                rows = slice(None)
                if self.row_sparse and name.startswith("embed_"):
                    side = int(name[len("embed_")])
                    rows = torch.tensor(sorted({token for row in batch["in"][side] for token in row} - {0}))
                decay = 0 if ".bias" in name else self.decay
                w = parameter[rows]
                g = parameter.grad[rows] + decay * w
                s, u = self.first[name][rows], self.second[name][rows]
                if self.optimizer == "adam":
                    s = 0.9 * s + 0.1 * g
                    u = 0.999 * u + 0.001 * g**2
                    rate = self.rate * math.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
                    w = w - rate * s / (torch.sqrt(u) + 1e-8)
                elif self.optimizer == "adagrad":
                    s = s + g**2
                    w = w - self.rate * g / torch.sqrt(s + 1e-7)
                elif self.optimizer == "rmsprop":
                    s = 0.9 * s + 0.1 * g**2
                    w = w - self.rate * g / torch.sqrt(s + 1e-8)
                elif self.optimizer == "adadelta":
                    s = 0.9 * s + 0.1 * g**2
                    delta = torch.sqrt(u + 1e-5) / torch.sqrt(s + 1e-5) * g
                    u = 0.9 * u + 0.1 * delta**2
                    w = w - delta
                else:
                    w = w - self.rate * g
                parameter[rows], self.first[name][rows], self.second[name][rows] = w, s, u
                parameter.grad = None


def write_optimizers():
    storages = {"dense": list(RATES), "row_sparse": ["adam", "adagrad", "sgd"]}
    runs = {
        f"{optimizer}_{storage}{'_decay' if decay else ''}": {
            "optimizer": optimizer,
            "token_embedding_storage_type": storage,
            "weight_decay": decay,
            "learning_rate": RATES[optimizer],
        }
        for storage, optimizers in storages.items()
        for optimizer in optimizers
        for decay in (0.0, 0.05)
    }

    margin = 2e-6  # among 100 times as many values a wider one takes long to find

    def build(seed):
        whole = schedule(torch.Generator().manual_seed(seed))
        tensors = batch_tensors(whole)
        for name, run in runs.items():
            model = Object2Vec(MODEL)
            set_weights(model, seed)
            tensors["weights"] = flat(dict(model.named_parameters()))
            plain = PlainOptimizer(model, run["optimizer"], run["weight_decay"],
                                   run["token_embedding_storage_type"] == "row_sparse")
            for step in range(STEPS):
                rows = slice(step * ROWS, (step + 1) * ROWS)
                batch = {"in": [side[rows] for side in whole["in"]], "labels": whole["labels"][rows]}
                model.loss(model(batch)[2], batch["labels"]).backward()
                plain.step(batch)
                if KINKS.least <= margin:
                    return None
            tensors[f"{name}/weights"] = flat(dict(model.named_parameters()))
            if run["optimizer"] != "sgd":
                tensors[f"{name}/first"] = flat(plain.first)
            if run["optimizer"] in ("adam", "adadelta"):
                tensors[f"{name}/second"] = flat(plain.second)
        return tensors

    tensors = first_good(build, margin)
    described = {name: MODEL | run for name, run in runs.items()}
    write_safetensors(FOLDER / "optimizers.safetensors", tensors, {"cases": as_text(described)})


if __name__ == "__main__":
    write_networks()
    write_optimizers()
