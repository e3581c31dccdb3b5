#!/usr/bin/env python3
"""Strangers at the port of a study's pilots: random bytes, answers of other connections again, wrong secrets,
frames that are not genuine. None may get more than a challenge, and none may disturb the study.

    strangers.py STUDY_FOLDER [--minutes 10] [--seed 1]

The study must be running ("executor": "slurm"). Prints what was tried, how many got anything (exit code 1 then),
and what became of o2v-tune's memory and of its trials meanwhile.
"""

import argparse
import hashlib
import hmac
import json
import os
import random
import socket
import sqlite3
import struct
import time

MAGIC = b"o2vpilo1"


def keys_of(folder):
    with open(os.path.join(folder, "pilots", "keys.json"), encoding="utf-8") as file:
        return json.JSONDecoder().raw_decode(file.read())[0]  # a seal follows


def proof(secret, name, of_tune, of_pilot):
    return hmac.new(secret, name.encode() + b"\0" + of_tune + of_pilot, hashlib.sha256).digest()


def connect(port):
    stranger = socket.create_connection(("127.0.0.1", port), timeout=10)
    stranger.settimeout(10)
    return stranger


def read(stranger, size):
    """As many bytes as come until there are `size` or the connection ends."""
    got = b""
    try:
        while len(got) < size:
            piece = stranger.recv(size - len(got))
            if not piece:
                break
            got += piece
    except OSError:
        pass
    return got


def answer_with(port, answer_of):
    """What comes after the challenge when it is answered so."""
    with connect(port) as stranger:
        challenge = read(stranger, 40)
        try:
            stranger.sendall(answer_of(challenge))
            stranger.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return read(stranger, 1 << 16)


def genuine(secret, challenge, nonce):
    of_tune = challenge[8:40]
    return MAGIC + nonce + proof(secret, "pilot", of_tune, nonce)


def random_bytes(port, _secret, dice):
    return answer_with(port, lambda _: dice.randbytes(dice.randrange(1, 2000)))


def replay(port, secret, dice):
    """The answer to one challenge, once more on another connection."""
    with connect(port) as overheard:
        answer = genuine(secret, read(overheard, 40), dice.randbytes(32))
    return answer_with(port, lambda _: answer)


def wrong_secret(port, _secret, dice):
    return answer_with(port, lambda challenge: genuine(dice.randbytes(32), challenge, dice.randbytes(32)))


def nearly(port, secret, dice):
    """A right answer with one bit changed."""

    def answer(challenge):
        bits = bytearray(genuine(secret, challenge, dice.randbytes(32)))
        bits[dice.randrange(len(bits))] ^= 1 << dice.randrange(8)
        return bytes(bits)

    return answer_with(port, answer)


def false_frames(port, secret, dice):
    """One who has proved itself and whose frames then are not genuine: gets the confirmation and no more."""
    with connect(port) as pilot:
        pilot.sendall(genuine(secret, read(pilot, 40), dice.randbytes(32)))
        if len(read(pilot, 32)) != 32:
            return b"no confirmation"
        body = dice.randbytes(dice.randrange(1, 300))
        length = dice.choice([len(body), dice.randrange(1 << 32)])
        pilot.sendall(struct.pack("<I", length) + body + dice.randbytes(dice.randrange(0, 40)))
        pilot.shutdown(socket.SHUT_WR)
        return read(pilot, 1 << 16)


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    keys = keys_of(options.study)
    secret, port = bytes.fromhex(keys["secret"]), keys["port"]
    database = sqlite3.connect(f"file:{options.study}/study.db?mode=ro", uri=True)
    pid = database.execute("SELECT pid FROM run ORDER BY id DESC LIMIT 1").fetchone()[0]

    def trials():
        return database.execute("SELECT count(*) FROM event WHERE kind = 'trial_ended'").fetchone()[0]

    dice = random.Random(options.seed)
    kinds = [random_bytes, replay, wrong_secret, nearly, false_frames]
    tried, got = dict.fromkeys((kind.__name__ for kind in kinds), 0), []
    before, ended = memory(pid), trials()
    end = time.monotonic() + 60 * options.minutes
    while time.monotonic() < end:
        kind = dice.choice(kinds)
        tried[kind.__name__] += 1
        answer = kind(port, secret, dice)
        if answer:
            got.append((kind.__name__, answer[:40]))
    print(", ".join(f"{count} {name}" for name, count in tried.items()))
    print(f"{len(got)} got more than a challenge {got[:3] if got else ''}")
    print(f"o2v-tune: {before} KiB before, {memory(pid)} KiB after; {trials() - ended} trials ended meanwhile")
    raise SystemExit(1 if got else 0)


if __name__ == "__main__":
    main()
