#!/usr/bin/env python3
"""Asks a server for pairs whose answers are known, from one client and from many at once, and compares.

  o2v-tune predict MODEL --input pairs.jsonl --output answers.jsonl
  worker/serve/bench/agree.py --url http://127.0.0.1:8080 --pairs pairs.jsonl --answers answers.jsonl [--clients 1000]

Fails when a number differs by more than 1e-6, or a request fails.
"""
import argparse, asyncio, json, sys, time, urllib.parse

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--url", required=True)
parser.add_argument("--pairs", required=True)
parser.add_argument("--answers", required=True)
parser.add_argument("--clients", type=int, default=1000)
parser.add_argument("--requests", type=int, default=20_000, help="of each way of asking")
args = parser.parse_args()
url = urllib.parse.urlparse(args.url)

with open(args.pairs) as pairs, open(args.answers) as answers:
    known = [(pair.strip(), json.loads(answer)["scores"]) for pair, answer in zip(pairs, answers)]
worst = 0.0


async def client(numbers):
    global worst
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    for number in numbers:
        pair, expected = known[number % len(known)]
        body = '{"instances":[%s]}' % pair
        writer.write(("POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                      "Content-Length: %d\r\n\r\n%s" % (len(body), body)).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        answer = await reader.readexactly(length)
        if " 200 " not in head:
            sys.exit(f"{head}{answer.decode()}")
        scores = json.loads(answer)["predictions"][0]["scores"]
        worst = max(worst, max(abs(a - b) for a, b in zip(scores, expected)))
    writer.close()


async def ask(clients):
    global worst
    worst = 0.0
    began = time.monotonic()
    await asyncio.gather(*(client(range(i, args.requests, clients)) for i in range(clients)))
    print(f"{clients} clients, {args.requests} requests, {args.requests / (time.monotonic() - began):.0f} a second: "
          f"largest difference {worst:.2g}", flush=True)
    return worst


if max(asyncio.run(ask(clients)) for clients in (1, args.clients)) > 1e-6:
    sys.exit("the answers differ")
