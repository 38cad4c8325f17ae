"""The user service as a process: ``python -m bunmart_user``."""

from functools import partial

from bunmart.user.v1 import user_pb2_grpc
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_user import jobs as user_jobs
from bunmart_user.access_tokens import AccessTokens, KeyRing
from bunmart_user.clients import Clients
from bunmart_user.rest import (
    AddressController,
    AuthController,
    RoleController,
    SessionController,
    UserController,
    jwks_controller,
)
from bunmart_user.rpc import SERVICE, UserServicer
from bunmart_user.service import Users
from bunmart_user.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="user")
    peers = Peers(settings.peer_target)
    keys = KeyRing(settings.jwt_signing_keys, settings.jwks_file)
    tokens = AccessTokens(
        keys,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        seconds=settings.access_token_seconds,
    )
    users = Users(database, Clients(peers), tokens, settings)
    jobs = Jobs()
    user_jobs.register(jobs, users)
    return Service(
        name="user",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_user", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=[
                UserController,
                AddressController,
                SessionController,
                RoleController,
                AuthController,
                jwks_controller(keys),
            ],
            servicers=[
                (SERVICE, partial(user_pb2_grpc.add_UserServiceServicer_to_server, UserServicer(users)))
            ],
            dependencies={"users": users},
            jobs=jobs,
            access=users,
            on_ready=users.ensure_admin,
            on_stop=users.close,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("user", settings, partial(build, settings))
