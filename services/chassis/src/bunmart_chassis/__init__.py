"""The chassis: server, storage, outbox, identity and telemetry, the same in every service.

The pattern is described at https://microservices.io/patterns/microservice-chassis.html.
"""
