#!/usr/bin/env python3
"""One pair a request over one connection, so many requests a second whether the last one is answered or not.

  worker/serve/bench/latency.py --url http://127.0.0.1:8080 [--rate 500] [--seconds 10]

Prints the median and the 99 % quantile of the time from a request to its answer. The model's vocabularies must be larger
than 7.
"""
import argparse, socket, time, urllib.parse

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--url", required=True)
parser.add_argument("--rate", type=float, default=500)
parser.add_argument("--seconds", type=float, default=10)
args = parser.parse_args()
url = urllib.parse.urlparse(args.url)

body = b'{"instances":[{"in0":[5],"in1":[7]}]}'
request = (b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" %
           len(body)) + body
took = []
with socket.create_connection((url.hostname, url.port)) as connection:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    due = time.perf_counter()
    for _ in range(int(args.rate * args.seconds)):
        due += 1 / args.rate
        time.sleep(max(0, due - time.perf_counter()))
        sent = time.perf_counter()
        connection.sendall(request)
        answer = connection.recv(65536)
        took.append(time.perf_counter() - sent)
        assert answer.startswith(b"HTTP/1.1 200 "), answer
took.sort()
print(f"{len(took)} requests at {args.rate:.0f} a second: median {1e3 * took[len(took) // 2]:.2f} ms, 99 % within "
      f"{1e3 * took[int(0.99 * len(took))]:.2f} ms")
