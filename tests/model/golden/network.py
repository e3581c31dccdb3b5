"""A plain PyTorch Object2Vec in float64, for generate.py."""

import math

import torch
from torch import nn


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
