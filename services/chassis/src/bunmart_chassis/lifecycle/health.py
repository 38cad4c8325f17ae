"""``/health/live``, ``/health/ready`` and ``/metrics``, which the platform reads from every service."""

from litestar import Controller, MediaType, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bunmart_chassis.errors import UnavailableError
from bunmart_chassis.jobs import measure_outbox
from bunmart_chassis.lifecycle.readiness import Readiness


def health_controller(readiness: Readiness) -> type[Controller]:
    """Liveness, readiness and metrics; never routed by the ingress."""

    class HealthController(Controller):
        path = ""
        include_in_schema = False

        @get("/health/live", sync_to_thread=False, operation_id="live")
        def live(self) -> dict[str, str]:
            """The process runs."""
            return {"status": "live"}

        @get("/health/ready", sync_to_thread=False, operation_id="ready")
        def ready(self) -> Response[dict[str, str]]:
            """200 while the database is migrated and reachable and no drain has begun, else 503."""
            if readiness.ready:
                return Response({"status": "ready"})
            return Response(
                {"status": "not ready", "reason": readiness.reason},
                status_code=503,
                headers={"retry-after": str(UnavailableError.retry_seconds)},
            )

        @get("/metrics", media_type=MediaType.TEXT, operation_id="metrics")
        async def metrics(self) -> Response[bytes]:
            """Prometheus text format."""
            if readiness.ready and readiness.database is not None:
                await measure_outbox(readiness.database.pool)
            return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return HealthController
