"""The notification service as a process: ``python -m bunmart_notification``."""

from functools import partial

from bunmart.notification.v1 import notification_pb2_grpc
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_notification import jobs as notification_jobs
from bunmart_notification.clients import Clients
from bunmart_notification.mail import Mailer
from bunmart_notification.rest import NotificationController, RuleController, TemplateController
from bunmart_notification.rpc import SERVICE, NotificationServicer
from bunmart_notification.service import Notifications
from bunmart_notification.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(
        settings.database_url, max_size=settings.database_pool_size, name="notification"
    )
    peers = Peers(settings.peer_target)
    mailer = Mailer(settings)
    notifications = Notifications(database, Clients(peers), mailer)
    jobs = Jobs()
    notification_jobs.register(jobs, notifications)
    servicer = NotificationServicer(notifications)
    return Service(
        name="notification",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_notification", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=[NotificationController, TemplateController, RuleController],
            servicers=[
                (
                    SERVICE,
                    partial(notification_pb2_grpc.add_NotificationServiceServicer_to_server, servicer),
                )
            ],
            dependencies={"notifications": notifications},
            jobs=jobs,
            on_stop=mailer.close,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("notification", settings, partial(build, settings))
