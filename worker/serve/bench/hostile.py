#!/usr/bin/env python3
"""Overload and ill will: more load than a server can bear, clients that are slow, broken or hostile, and one that is
neither, which must be answered all the time. Fails when the server ends, grows, or leaves the healthy client alone.

  worker/serve/bench/hostile.py --program build/release/bin/o2v-serve --model MODEL [--minutes 10]

Needs wrk for the overload. The model's vocabularies must be larger than 20.
"""
import argparse, json, os, random, re, shutil, socket, subprocess, sys, threading, time, urllib.request

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--program", required=True)
parser.add_argument("--model", required=True)
parser.add_argument("--minutes", type=float, default=10)
args = parser.parse_args()

server = subprocess.Popen([args.program, args.model, "--port", "0", "--timeout", "10", "--queue", "4000"],
                          stdout=subprocess.PIPE, text=True)
address = re.search(r"http://([\d.]+):(\d+)", server.stdout.readline())
host, port = address.group(1), int(address.group(2))
end = time.monotonic() + 60 * args.minutes
done = {}
lock = threading.Lock()


def count(name):
    with lock:
        done[name] = done.get(name, 0) + 1


def connect(timeout=15):
    return socket.create_connection((host, port), timeout=timeout)


def post(body, more=b"", length=None):
    return (b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + more +
            b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body)


def slow():  # a byte a second
    with connect() as s:
        for byte in post(b'{"instances":[{"in0":[1]}]}'):
            s.sendall(bytes([byte]))
            time.sleep(1)


def half():
    with connect() as s:
        s.sendall(post(b'{"instances":', length=1000))
        time.sleep(random.random())


def reads_nothing():
    body = b'{"instances":[' + b",".join([b'{"in0":[1]}'] * 5000) + b"]}"
    with connect() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(20):
            s.sendall(post(body))
        time.sleep(5)


def gigabyte_announced():
    with connect() as s:
        s.sendall(post(b"x" * 1000, length=1 << 30))
        assert b" 413 " in s.recv(4096)


def gigabyte_in_chunks():
    with connect() as s:
        s.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + b"[" * (1 << 20) + b"\r\n"
        for _ in range(1024):
            s.sendall(chunk)


def refused(body):
    with connect() as s:
        s.sendall(post(body))
        answer = s.recv(65536)
        assert b" 400 " in answer or b" 429 " in answer, answer[:200]


def deep():
    refused(b"[" * 1_000_000)
    refused(b'{"instances":[{"in0":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}")


def out_of_range():
    refused(b'{"instances":[{"in0":[%d]}]}' % random.choice([-1, 1 << 31, 1 << 63, 10**30]))


def not_utf8():
    refused(b'{"instances":[{"in0":"\xff\xfe\xc0\x80"}]}')


def noise():
    with connect() as s:
        s.sendall(os.urandom(random.randrange(1, 2000)))
        time.sleep(0.1)


def long_header():
    with connect() as s:
        s.sendall(b"GET /ping HTTP/1.1\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n")
        s.recv(100)


def many_connections():
    held = []
    try:
        for _ in range(200):
            held.append(connect(5))
        time.sleep(1)
    finally:
        for s in held:
            s.close()


hostile = [slow, half, reads_nothing, gigabyte_announced, gigabyte_in_chunks, deep, out_of_range, not_utf8, noise,
           long_header, many_connections]
faults = []


def attack(kind):
    while time.monotonic() < end:
        try:
            kind()
            count(kind.__name__)
        except OSError:
            count(kind.__name__ + ", cut off")
        except AssertionError as error:
            faults.append(f"{kind.__name__}: not told what it should be: {error}")
            return
        time.sleep(random.random() * 0.2)


healthy = {"answered": 0, "told to come back": 0, "failed": 0}
latencies = []


def healthy_client():
    body = b'{"instances":[{"in0":[3],"in1":[4]}]}'
    first = None
    while time.monotonic() < end:
        request = urllib.request.Request(f"http://{host}:{port}/invocations", body,
                                         {"Content-Type": "application/json"})
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                scores = json.load(response)["predictions"][0]["scores"]
            first = first or scores
            if max(abs(a - b) for a, b in zip(scores, first)) > 1e-6:
                faults.append("the healthy client's answer has changed")
            healthy["answered"] += 1
            latencies.append(time.monotonic() - began)
        except urllib.error.HTTPError as error:
            healthy["told to come back" if error.code in (429, 503) else "failed"] += 1
        except OSError:
            healthy["failed"] += 1
        time.sleep(0.05)


def use():
    status = open(f"/proc/{server.pid}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024, len(os.listdir(f"/proc/{server.pid}/fd"))


overload = None
if shutil.which("wrk"):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pairs.lua")
    overload = subprocess.Popen(["wrk", "-t1", "-c128", f"-d{int(60 * args.minutes)}s", "-s", script,
                                 f"http://{host}:{port}"],
                                env={**os.environ, "PAIRS": "100", "VOCAB0": "20", "VOCAB1": "20"},
                                stdout=subprocess.PIPE, text=True)
threads = [threading.Thread(target=attack, args=(kind,), daemon=True) for kind in hostile]
threads.append(threading.Thread(target=healthy_client, daemon=True))
for thread in threads:
    thread.start()

samples = []
while time.monotonic() < end and server.poll() is None:
    time.sleep(max(1.0, 3 * args.minutes))
    if server.poll() is None:
        samples.append(use())
        print(f"{samples[-1][0]} MiB, {samples[-1][1]} handles; {healthy}", flush=True)

if server.poll() is not None:
    sys.exit(f"the server has ended with {server.returncode}")
if overload:
    print(overload.communicate()[0].strip().splitlines()[-1])
for thread in threads:
    thread.join(timeout=45)
time.sleep(11)  # what is silent is cut off after 10 s
print("done:", dict(sorted(done.items())))
print("the healthy client:", healthy, "median %.1f ms, 99 %% within %.1f ms" % tuple(
    1000 * sorted(latencies)[int(q * (len(latencies) - 1))] for q in (0.5, 0.99)))
memory, handles = use()
print(f"afterwards {memory} MiB, {handles} handles")
server.terminate()
if server.wait(30) != 0:
    faults.append(f"the server ended with {server.returncode}")
third = len(samples) // 3
if third and max(m for m, _ in samples[-third:]) > 1.2 * max(m for m, _ in samples[third:2 * third]) + 20:
    faults.append("memory grows")
if handles > 30:
    faults.append("handles are left open")
asked = sum(healthy.values())
if healthy["failed"] > 0.01 * asked or healthy["answered"] < 0.3 * asked:
    faults.append("the healthy client was not served")
for fault in faults:
    print("FAULT:", fault)
sys.exit(1 if faults else 0)
