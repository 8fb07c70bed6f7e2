# What stands in for the images that docker-compose.yml and Dockerfile name, where no image can be pulled. What an official
# image has not is left out of its stand-in too, so that a command which needs it fails here as well.
# The images debian-* are imported; the build context has the programs.
ARG BASE=debian-bookworm

# In place of Alpine: its shell and tools are those of BusyBox, and its nc has -z.
FROM debian-trixie AS small
RUN mkdir -p /small/bin /small/usr/bin /small/usr/sbin /small/usr/local/bin /small/etc/ssl/certs /small/home && \
    mkdir -m 1777 /small/tmp && \
    cp --parents $(ldd /usr/bin/getent /usr/bin/nc.openbsd /usr/bin/bash | grep -o '/[^ :]*' | sort -u) /small/ && \
    cp /usr/bin/getent /usr/bin/nc.openbsd /small/usr/bin/ && \
    cp /usr/bin/busybox /small/bin/ && \
    chroot /small /bin/busybox --install -s /bin && \
    ln -sf /usr/bin/nc.openbsd /small/bin/nc && \
    printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\ntemporal:x:1000:1000::/home/temporal:/bin/sh\n' \
      >/small/etc/passwd && \
    printf 'root:x:0:\nnobody:x:65534:\ntemporal:x:1000:\n' >/small/etc/group && \
    install -d -o 1000 -g 1000 /small/home/temporal

FROM scratch AS alpine
COPY --from=small /small /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

FROM alpine AS server
COPY temporal-server /usr/local/bin/
COPY entrypoint.sh /etc/temporal/entrypoint.sh
WORKDIR /etc/temporal
USER temporal
CMD ["/etc/temporal/entrypoint.sh"]

FROM alpine AS admin-tools
COPY temporal temporal-sql-tool /usr/local/bin/
COPY schema /etc/temporal/schema
USER temporal
CMD ["sh", "-c", "trap exit INT HUP TERM; sleep infinity & wait"]

FROM alpine AS ui
COPY --from=small /usr/bin/bash /bin/bash
WORKDIR /home/ui-server
COPY ui-server start-ui-server.sh ./
COPY ui.yaml config/docker.yaml
USER temporal
ENTRYPOINT ["./start-ui-server.sh"]

FROM alpine AS prometheus
COPY --from=debian-trixie /usr/bin/prometheus /usr/bin/promtool /bin/
WORKDIR /prometheus
RUN mkdir -p /etc/prometheus && chown -R nobody:nobody /etc/prometheus /prometheus
USER nobody
VOLUME ["/prometheus"]
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]

FROM debian-trixie AS postgres
ENV PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
RUN ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ && install -d -o postgres -g postgres -m 1777 "$PGDATA" /run/postgresql
COPY postgres.sh /usr/local/bin/
VOLUME ["/var/lib/postgresql/data"]
STOPSIGNAL SIGINT
ENTRYPOINT ["postgres.sh"]

# With and without a compiler: the two images of Node that Dockerfile begins with.
FROM ${BASE} AS node
COPY node /usr/local/bin/
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd --uid 1000 --create-home node
# How npm reaches its registry from here.
ARG NPM_CONFIG_REGISTRY
ENV NPM_CONFIG_REGISTRY=$NPM_CONFIG_REGISTRY NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
COPY ca-certificates.crt /etc/ssl/certs/
CMD ["node"]
