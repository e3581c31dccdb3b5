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

from network import ENCODERS, KINKS, Object2Vec, set_weights

FOLDER = pathlib.Path(__file__).resolve().parent
MARGIN = 1e-4
FAINT = 5e-4
CANCELLED = 0.03
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


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
