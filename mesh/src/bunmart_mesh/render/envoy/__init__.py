"""Renders the call policy into the configuration of every part's Envoy, for a laptop and for a cluster.

| module | renders |
|---|---|
| ``configurations`` | the configurations of all parts |
| ``sidecar`` | the Envoy beside an application: inbound, outbound, bootstrap |
| ``edge`` | the Envoy that browsers and Stripe reach: CORS, rate limit, access tokens, retries |
| ``listeners`` | listeners, the HTTP connection manager, access logs |
| ``probes`` | the listeners for kubelet and Prometheus |
| ``routes`` | routes, and the conditions under which a request is sent again |
| ``upstreams`` | clusters: health checks, circuit breakers, outlier detection |
| ``rbac`` | the access rules of an inbound listener |
| ``local_replies`` | Envoy's own answers: problem documents and gRPC statuses |
| ``tls``, ``sds`` | identities and certificates |
| ``messages`` | the small messages of Envoy's API that the others are made of |
| ``placement``, ``kubernetes`` | addresses and paths: the interface, and its implementation for a cluster |
"""
