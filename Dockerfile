# o2v-tune as an image that trains and serves by SageMaker's contract, on a CPU:
#
#   docker build -t o2v-tune .
#   docker run --rm -v "$PWD/ml:/opt/ml" o2v-tune train
#   docker run --rm -v "$PWD/ml:/opt/ml" -p 8080:8080 o2v-tune serve
#
# MIGRATING.md tells what lies below /opt/ml. cmake/setup/dockerfile_in_chroot.sh carries the steps out without an engine.
ARG SUITE=trixie

FROM debian:${SUITE}-slim AS build
WORKDIR /src
COPY cmake/setup/install.sh cmake/setup/install.sh
RUN cmake/setup/install.sh build
COPY . .
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DO2V_WITH_TESTS=OFF \
    && cmake --build /build --parallel "$(cmake/setup/jobs.sh)" \
       --target o2v-tune o2v-worker o2v-command-worker o2v-serve
# The Debian packages whose libraries the programs load.
RUN cmake/setup/runtime_packages.sh /build/bin/o2v-tune /build/bin/o2v-worker /build/bin/o2v-serve >/build/packages

FROM debian:${SUITE}-slim
COPY --from=build /build/packages /usr/share/o2v-tune/packages
RUN apt-get update \
    && xargs -r apt-get install -y --no-install-recommends </usr/share/o2v-tune/packages \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/bin/o2v-tune /build/bin/o2v-worker /build/bin/o2v-command-worker /build/bin/o2v-serve /usr/local/bin/
COPY LICENSE /usr/share/o2v-tune/LICENSE
WORKDIR /opt/ml
ENV LANG=C.UTF-8
EXPOSE 8080
# Exec form: SIGTERM reaches the program itself.
ENTRYPOINT ["/usr/local/bin/o2v-tune", "container"]
CMD ["--help"]
