#!/usr/bin/env python3
"""A planted slow-down, to see whether `o2v-tune compare` finds it: an o2v-worker that takes FACTOR times as long.

  O2V_WORKER=experiments/benchmarks/slower_worker.py O2V_SLOWED=build/release/bin/o2v-worker O2V_FACTOR=1.10 \\
      build/release/bin/o2v-tune bench experiments/benchmarks/object2vec.json

The worker is stopped (SIGSTOP) for a part of every fifth of a second that it runs. Its processor time is as it was.
"""
import os, signal, sys, time

RUN_SECONDS = 0.2
factor = float(os.environ.get("O2V_FACTOR", "1.10"))
if "O2V_SLOWED" not in os.environ or factor < 1:
    sys.exit(__doc__)

worker = os.getpid()
if os.fork() == 0:
    for fd in (0, 1, 2):  # the socket and the log are the worker's alone
        os.close(fd)
    due = time.monotonic()
    try:
        while True:
            due += RUN_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))
            if os.getppid() != worker:  # it has ended, and its number may be another's
                break
            os.kill(worker, signal.SIGSTOP)
            due += RUN_SECONDS * (factor - 1)
            time.sleep(max(0.0, due - time.monotonic()))
            os.kill(worker, signal.SIGCONT)
    except ProcessLookupError:
        pass
    os._exit(0)
os.execv(os.environ["O2V_SLOWED"], [os.environ["O2V_SLOWED"]] + sys.argv[1:])
