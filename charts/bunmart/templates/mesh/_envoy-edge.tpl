{{- /* Generated from mesh/policy.yaml and proto/ by `make mesh`; never edit. */ -}}
{{- define "bunmart.envoy.edge" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
node: {id: edge, cluster: bunmart}
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 15000}}}
stats_flush_interval: 15s
deferred_stat_options: {enable_deferred_creation_stats: true}
overload_manager:
  resource_monitors:
  - name: envoy.resource_monitors.global_downstream_max_connections
    typed_config: {'@type': type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig,
      max_active_downstream_connections: 10000}
static_resources:
  listeners:
  - name: edge
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    per_connection_buffer_limit_bytes: 1048576
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: edge
          codec_type: AUTO
          generate_request_id: true
          normalize_path: true
          merge_slashes: true
          path_with_escaped_slashes_action: REJECT_REQUEST
          use_remote_address: true
          server_header_transformation: OVERWRITE
          common_http_protocol_options: {idle_timeout: 3600s, headers_with_underscores_action: REJECT_REQUEST, max_connection_duration: 25s}
          http2_protocol_options: &http2_protocol_options
            max_concurrent_streams: 1024
            initial_stream_window_size: 262144
            initial_connection_window_size: 1048576
            connection_keepalive: {interval: 30s, timeout: 5s}
          stream_idle_timeout: 300s
          request_headers_timeout: 10s
          route_config:
            name: edge
            validate_clusters: true
            virtual_hosts:
            - name: edge
              domains: ['*']
              typed_per_filter_config:
                envoy.filters.http.cors:
                  '@type': type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy
                  allow_origin_string_match:
                  - safe_regex: {regex: {{ join "|" .Values.ingress.cors.origins | default "none" | quote }}}
                  allow_methods: GET, HEAD, POST, PUT, PATCH, DELETE
                  allow_headers: '*, authorization'
                  expose_headers: etag, location, retry-after, x-request-id
                  max_age: '600'
              routes:
              - match:
                  path_separated_prefix: /api/production-orders
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-5
                  cluster: peer-kitchen
                  timeout: 15s
                  retry_policy: &retry_policy
                    retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers,gateway-error,reset
                    num_retries: 5
                    retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
                    retry_back_off: {base_interval: 0.05s, max_interval: 1s}
                    retry_host_predicate:
                    - &retry_host_predicate
                      name: envoy.retry_host_predicates.previous_hosts
                      typed_config: {'@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}
                    host_selection_retry_max_attempts: 3
              - match: {path_separated_prefix: /api/production-orders}
                route: &route-6
                  cluster: peer-kitchen
                  timeout: 15s
                  retry_policy: &retry_policy-2
                    retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers
                    num_retries: 5
                    retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
                    retry_back_off: {base_interval: 0.05s, max_interval: 1s}
                    retry_host_predicate:
                    - *retry_host_predicate
                    host_selection_retry_max_attempts: 3
              - match:
                  path_separated_prefix: /api/shipping-requests
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-3
                  cluster: peer-shipping
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /api/shipping-requests}
                route: &route-4
                  cluster: peer-shipping
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /.well-known/jwks.json
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-15
                  cluster: peer-user
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /.well-known/jwks.json}
                route: &route-16
                  cluster: peer-user
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /api/ops/notification
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route
                  cluster: peer-notification
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /api/ops/notification}
                route: &route-2
                  cluster: peer-notification
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /api/moderation-logs
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-11
                  cluster: peer-review
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /api/moderation-logs}
                route: &route-12
                  cluster: peer-review
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /api/notifications
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route
              - match: {path_separated_prefix: /api/notifications}
                route: *route-2
              - match:
                  path_separated_prefix: /api/ops/shipping
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-3
              - match: {path_separated_prefix: /api/ops/shipping}
                route: *route-4
              - match:
                  path_separated_prefix: /api/ops/product
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-9
                  cluster: peer-product
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /api/ops/product}
                route: &route-10
                  cluster: peer-product
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /api/ops/kitchen
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-5
              - match: {path_separated_prefix: /api/ops/kitchen}
                route: *route-6
              - match:
                  path_separated_prefix: /api/ops/pricing
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-13
                  cluster: peer-pricing
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /api/ops/pricing}
                route: &route-14
                  cluster: peer-pricing
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /webhooks/stripe
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-7
                  cluster: peer-payment
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /webhooks/stripe}
                route: &route-8
                  cluster: peer-payment
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /api/ops/payment
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-7
              - match: {path_separated_prefix: /api/ops/payment}
                route: *route-8
              - match:
                  path_separated_prefix: /api/categories
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-9
              - match: {path_separated_prefix: /api/categories}
                route: *route-10
              - match:
                  path_separated_prefix: /api/ops/review
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-11
              - match: {path_separated_prefix: /api/ops/review}
                route: *route-12
              - match:
                  path_separated_prefix: /api/campaigns
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-13
              - match: {path_separated_prefix: /api/campaigns}
                route: *route-14
              - match:
                  path_separated_prefix: /api/discounts
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-13
              - match: {path_separated_prefix: /api/discounts}
                route: *route-14
              - match:
                  path_separated_prefix: /api/ops/order
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-17
                  cluster: peer-order
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /api/ops/order}
                route: &route-18
                  cluster: peer-order
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /api/shipments
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-3
              - match: {path_separated_prefix: /api/shipments}
                route: *route-4
              - match:
                  path_separated_prefix: /api/templates
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route
              - match: {path_separated_prefix: /api/templates}
                route: *route-2
              - match:
                  path_separated_prefix: /api/products
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-9
              - match: {path_separated_prefix: /api/products}
                route: *route-10
              - match:
                  path_separated_prefix: /api/ops/cart
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-19
                  cluster: peer-cart
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /api/ops/cart}
                route: &route-20
                  cluster: peer-cart
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /api/payments
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-7
              - match: {path_separated_prefix: /api/payments}
                route: *route-8
              - match:
                  path_separated_prefix: /api/vehicles
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-3
              - match: {path_separated_prefix: /api/vehicles}
                route: *route-4
              - match:
                  path_separated_prefix: /api/ops/user
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-15
              - match: {path_separated_prefix: /api/ops/user}
                route: *route-16
              - match:
                  path_separated_prefix: /api/coupons
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-13
              - match: {path_separated_prefix: /api/coupons}
                route: *route-14
              - match:
                  path_separated_prefix: /api/drivers
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-3
              - match: {path_separated_prefix: /api/drivers}
                route: *route-4
              - match:
                  path_separated_prefix: /api/reviews
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-11
              - match: {path_separated_prefix: /api/reviews}
                route: *route-12
              - match:
                  path_separated_prefix: /api/prices
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-13
              - match: {path_separated_prefix: /api/prices}
                route: *route-14
              - match:
                  path_separated_prefix: /api/quotes
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-13
              - match: {path_separated_prefix: /api/quotes}
                route: *route-14
              - match:
                  path_separated_prefix: /api/orders
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-17
              - match: {path_separated_prefix: /api/orders}
                route: *route-18
              - match:
                  path_separated_prefix: /api/carts
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-19
              - match: {path_separated_prefix: /api/carts}
                route: *route-20
              - match:
                  path_separated_prefix: /api/rules
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route
              - match: {path_separated_prefix: /api/rules}
                route: *route-2
              - match:
                  path_separated_prefix: /api/users
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-15
              - match: {path_separated_prefix: /api/users}
                route: *route-16
              - match:
                  path_separated_prefix: /api/roles
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-15
              - match: {path_separated_prefix: /api/roles}
                route: *route-16
              - match:
                  path_separated_prefix: /api/views
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: &route-21
                  cluster: peer-bff
                  timeout: 15s
                  retry_policy: *retry_policy
              - match: {path_separated_prefix: /api/views}
                route: &route-22
                  cluster: peer-bff
                  timeout: 15s
                  retry_policy: *retry_policy-2
              - match:
                  path_separated_prefix: /api/tags
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-9
              - match: {path_separated_prefix: /api/tags}
                route: *route-10
              - match:
                  path_separated_prefix: /api/auth
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-15
              - match: {path_separated_prefix: /api/auth}
                route: *route-16
              - match:
                  path_separated_prefix: /docs
                  headers: [{name: ':method', string_match: {safe_regex: {regex: GET|HEAD}}}]
                route: *route-21
              - match: {path_separated_prefix: /docs}
                route: *route-22
            response_headers_to_remove: [x-mesh-undelivered]
          http_filters:
          - name: envoy.filters.http.cors
            typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}
          - name: envoy.filters.http.local_ratelimit
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
              stat_prefix: edge
              token_bucket: {max_tokens: {{ int .Values.ingress.rateLimit.burst }},
                tokens_per_fill: {{ int .Values.ingress.rateLimit.requestsPerSecond }},
                fill_interval: 1s}
              filter_enabled: {default_value: {numerator: 100, denominator: HUNDRED}}
              filter_enforced: {default_value: {numerator: 100, denominator: HUNDRED}}
              response_headers_to_add: [{header: {key: retry-after, value: '1'}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]
          - name: envoy.filters.http.jwt_authn
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
              providers:
                bunmart:
                  issuer: {{ .Values.global.jwt.issuer | quote }}
                  audiences: [{{ .Values.global.jwt.audience | quote }}]
                  from_headers: [{name: Authorization, value_prefix: 'Bearer '}]
                  forward: true
                  clock_skew_seconds: 30
                  remote_jwks:
                    http_uri: {uri: 'https://user/.well-known/jwks.json', cluster: peer-user, timeout: 2s}
                    cache_duration: {seconds: 60}
                    async_fetch: {fast_listener: true, failed_refetch_duration: 1s}
              rules:
              - {match: {path_separated_prefix: /webhooks/stripe}}
              - {match: {path_separated_prefix: /api/auth}}
              - {match: {path_separated_prefix: /.well-known/jwks.json}}
              - {match: {path_separated_prefix: /docs}}
              - match: {prefix: /}
                requires: {requires_any: {requirements: [{provider_name: bunmart}, {allow_missing: {}}]}}
          - &http_filters
            name: envoy.filters.http.router
            typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, suppress_envoy_headers: true}
          access_log:
          - name: envoy.access_loggers.stdout
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
              log_format:
                json_format: {ts: '%START_TIME%', service: edge, direction: edge, peer: '%DOWNSTREAM_PEER_URI_SAN%',
                  method: '%REQ(:METHOD)%', authority: '%REQ(:AUTHORITY)%', path: '%PATH(NQ:PATH)%', code: '%RESPONSE_CODE%',
                  grpc_status: '%GRPC_STATUS_NUMBER%', flags: '%RESPONSE_FLAGS%', detail: '%RESPONSE_CODE_DETAILS%',
                  traceparent: '%REQ(TRACEPARENT)%', request_id: '%REQ(X-REQUEST-ID)%', duration_ms: '%DURATION%',
                  attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%'}
                omit_empty_values: true
            filter:
              and_filter:
                filters:
                - header_filter:
                    header: {name: ':path', string_match: {exact: /grpc.health.v1.Health/Check}, invert_match: true}
                - header_filter: {header: {name: ':path', string_match: {exact: /health/ready}, invert_match: true}}
          local_reply_config:
            mappers:
            - filter:
                header_filter: {header: {name: content-type, string_match: {prefix: application/grpc}}}
            - filter:
                extension_filter:
                  name: envoy.access_loggers.extension_filters.cel
                  typed_config: {'@type': type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter,
                    expression: 'response.code_details.startsWith(''jwt_authn_access_denied{Jwks_remote_fetch_is_failed'')'}
              status_code: 503
              body_format_override:
                json_format: {type: 'urn:bunmart:error:unavailable', title: Unavailable, status: '%RESPONSE_CODE%',
                  detail: Access tokens cannot be checked now; retry in a moment., code: UNAVAILABLE, instance: '%PATH(NQ:PATH)%',
                  request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                extension_filter:
                  name: envoy.access_loggers.extension_filters.cel
                  typed_config: {'@type': type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter,
                    expression: response.code_details.startsWith('jwt_authn_access_denied')}
              status_code: 401
              body_format_override: &body_format_override
                json_format: {type: 'urn:bunmart:error:unauthenticated', title: Unauthenticated, status: '%RESPONSE_CODE%',
                  detail: '%LOCAL_REPLY_BODY%', code: UNAUTHENTICATED, instance: '%PATH(NQ:PATH)%', request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                status_code_filter:
                  comparison: {op: EQ, value: {default_value: 401, runtime_key: bunmart.local_reply_status}}
              body_format_override: *body_format_override
            - filter:
                status_code_filter:
                  comparison: {op: EQ, value: {default_value: 403, runtime_key: bunmart.local_reply_status}}
              body_format_override:
                json_format: {type: 'urn:bunmart:error:permission-denied', title: Permission denied, status: '%RESPONSE_CODE%',
                  detail: '%LOCAL_REPLY_BODY%', code: PERMISSION_DENIED, instance: '%PATH(NQ:PATH)%', request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                status_code_filter:
                  comparison: {op: EQ, value: {default_value: 404, runtime_key: bunmart.local_reply_status}}
              body_format_override:
                json_format: {type: 'urn:bunmart:error:not-found', title: Not found, status: '%RESPONSE_CODE%',
                  detail: There is nothing at this path., code: NOT_FOUND, instance: '%PATH(NQ:PATH)%', request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                status_code_filter:
                  comparison: {op: EQ, value: {default_value: 408, runtime_key: bunmart.local_reply_status}}
              body_format_override:
                json_format: {type: 'urn:bunmart:error:deadline-exceeded', title: Deadline exceeded, status: '%RESPONSE_CODE%',
                  detail: The request took too long to arrive., code: DEADLINE_EXCEEDED, instance: '%PATH(NQ:PATH)%',
                  request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                status_code_filter:
                  comparison: {op: EQ, value: {default_value: 413, runtime_key: bunmart.local_reply_status}}
              body_format_override:
                json_format: {type: 'urn:bunmart:error:payload-too-large', title: Payload too large, status: '%RESPONSE_CODE%',
                  detail: The request is too large., code: PAYLOAD_TOO_LARGE, instance: '%PATH(NQ:PATH)%', request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                status_code_filter:
                  comparison: {op: EQ, value: {default_value: 429, runtime_key: bunmart.local_reply_status}}
              body_format_override:
                json_format: {type: 'urn:bunmart:error:resource-exhausted', title: Resource exhausted, status: '%RESPONSE_CODE%',
                  detail: Too many requests; retry in a moment., code: RESOURCE_EXHAUSTED, instance: '%PATH(NQ:PATH)%',
                  request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                status_code_filter:
                  comparison: {op: EQ, value: {default_value: 503, runtime_key: bunmart.local_reply_status}}
              body_format_override: &body_format_override-2
                json_format: {type: 'urn:bunmart:error:unavailable', title: Unavailable, status: '%RESPONSE_CODE%',
                  detail: The service does not answer; retry in a moment., code: UNAVAILABLE, instance: '%PATH(NQ:PATH)%',
                  request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                status_code_filter:
                  comparison: {op: EQ, value: {default_value: 504, runtime_key: bunmart.local_reply_status}}
              body_format_override:
                json_format: {type: 'urn:bunmart:error:deadline-exceeded', title: Deadline exceeded, status: '%RESPONSE_CODE%',
                  detail: The service did not answer in time., code: DEADLINE_EXCEEDED, instance: '%PATH(NQ:PATH)%',
                  request_id: '%REQ(X-REQUEST-ID)%'}
                content_type: application/problem+json
            - filter:
                status_code_filter:
                  comparison: {op: GE, value: {default_value: 500, runtime_key: bunmart.local_reply_status}}
              body_format_override: *body_format_override-2
            - filter:
                status_code_filter:
                  comparison: {op: GE, value: {default_value: 400, runtime_key: bunmart.local_reply_status}}
              body_format_override:
                {{- include "bunmart.envoy.shared.body_format_override" . | nindent 16 }}
          always_set_request_id_in_response: true
          forward_client_cert_details: SANITIZE
          early_header_mutation_extensions:
          - name: envoy.http.early_header_mutation.header_mutation
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation
              mutations: [{remove: x-forwarded-client-cert}, {remove: x-mesh-undelivered}]
          server_name: bunmart
          request_timeout: 60s
          xff_num_trusted_hops: {{ int .Values.ingress.trustedHops }}
          http1_safe_max_connection_duration: true
  - name: health
    address: {socket_address: {address: 0.0.0.0, port_value: 15021}}
    per_connection_buffer_limit_bytes: 1048576
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: health
          codec_type: AUTO
          generate_request_id: false
          normalize_path: true
          merge_slashes: true
          path_with_escaped_slashes_action: REJECT_REQUEST
          use_remote_address: false
          server_header_transformation: PASS_THROUGH
          common_http_protocol_options: {idle_timeout: 3600s, headers_with_underscores_action: REJECT_REQUEST}
          http2_protocol_options: *http2_protocol_options
          stream_idle_timeout: 300s
          request_headers_timeout: 10s
          route_config:
            name: health
            validate_clusters: true
            virtual_hosts:
            - name: health
              domains: ['*']
              routes:
              - match: {path: /ready, headers: [{name: ':method', string_match: {exact: GET}}]}
                route: {cluster: admin, timeout: 10s}
              - {match: {prefix: /}, direct_response: {status: 404}}
          http_filters:
          - *http_filters
    ignore_global_conn_limit: true
  - name: metrics
    address: {socket_address: {address: 0.0.0.0, port_value: 15020}}
    per_connection_buffer_limit_bytes: 1048576
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: metrics
          codec_type: AUTO
          generate_request_id: false
          normalize_path: true
          merge_slashes: true
          path_with_escaped_slashes_action: REJECT_REQUEST
          use_remote_address: false
          server_header_transformation: PASS_THROUGH
          common_http_protocol_options: {idle_timeout: 3600s, headers_with_underscores_action: REJECT_REQUEST}
          http2_protocol_options: *http2_protocol_options
          stream_idle_timeout: 300s
          request_headers_timeout: 10s
          route_config:
            name: metrics
            validate_clusters: true
            virtual_hosts:
            - name: metrics
              domains: ['*']
              routes:
              - match: {path: /stats/prometheus, headers: [{name: ':method', string_match: {exact: GET}}]}
                route: {cluster: admin, timeout: 10s}
              - {match: {prefix: /}, direct_response: {status: 404}}
          http_filters:
          - *http_filters
    ignore_global_conn_limit: true
  clusters:
  - name: admin
    connect_timeout: 0.5s
    type: STATIC
    load_assignment:
      cluster_name: admin
      endpoints:
      - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 15000}}}}]
  - name: peer-product
    connect_timeout: 0.5s
    cluster_type: &cluster_type
      name: envoy.cluster.dns
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster
        dns_refresh_rate: 5s
        respect_dns_ttl: false
        dns_lookup_family: V4_PREFERRED
        dns_failure_refresh_rate: {base_interval: 0.5s, max_interval: 2s}
    load_assignment:
      cluster_name: peer-product
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address: {address: product.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}
    typed_extension_protocol_options: &typed_extension_protocol_options
      {{- include "bunmart.envoy.shared.typed_extension_protocol_options" . | nindent 6 }}
    load_balancing_policy: &load_balancing_policy
      policies:
      - typed_extension_config:
          name: envoy.load_balancing_policies.least_request
          typed_config: {'@type': type.googleapis.com/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest}
    circuit_breakers: &circuit_breakers
      thresholds:
      - priority: DEFAULT
        max_connections: 64
        max_pending_requests: 256
        max_requests: 1024
        retry_budget: {budget_percent: {value: 20}, min_retry_concurrency: 20}
    outlier_detection: &outlier_detection {consecutive_5xx: 5, consecutive_gateway_failure: 5, consecutive_local_origin_failure: 5,
      split_external_local_origin_errors: true, interval: 1s, base_ejection_time: 2s, max_ejection_time: 30s, max_ejection_percent: 50,
      enforcing_success_rate: 0}
    common_lb_config: {healthy_panic_threshold: {value: 0}, update_merge_window: 0s}
    health_checks:
    - timeout: 1s
      interval: 2s
      no_traffic_interval: 2s
      unhealthy_interval: 0.25s
      interval_jitter_percent: 10
      unhealthy_threshold: 2
      healthy_threshold: 1
      grpc_health_check: {service_name: bunmart.product.v1.ProductCatalogService, authority: product}
    ignore_health_on_host_removal: true
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        common_tls_context:
          alpn_protocols: [h2]
          tls_params: &tls_params {tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3}
          tls_certificate_sds_secret_configs:
          - &tls_certificate_sds_secret_configs
            name: workload
            sds_config:
              resource_api_version: V3
              path_config_source: {path: /etc/envoy/workload.sds.yaml, watched_directory: {path: /etc/envoy}}
          combined_validation_context:
            default_validation_context:
              match_typed_subject_alt_names:
              - {san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/product'}}
            validation_context_sds_secret_config: &validation_context_sds_secret_config
              name: roots
              sds_config:
                resource_api_version: V3
                path_config_source: {path: /etc/envoy/roots.sds.yaml, watched_directory: {path: /etc/envoy}}
  - name: peer-kitchen
    connect_timeout: 0.5s
    cluster_type: *cluster_type
    load_assignment:
      cluster_name: peer-kitchen
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address: {address: kitchen.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}
    typed_extension_protocol_options: *typed_extension_protocol_options
    load_balancing_policy: *load_balancing_policy
    circuit_breakers: *circuit_breakers
    outlier_detection: *outlier_detection
    common_lb_config: {healthy_panic_threshold: {value: 0}, update_merge_window: 0s}
    health_checks:
    - timeout: 1s
      interval: 2s
      no_traffic_interval: 2s
      unhealthy_interval: 0.25s
      interval_jitter_percent: 10
      unhealthy_threshold: 2
      healthy_threshold: 1
      grpc_health_check: {service_name: bunmart.kitchen.v1.KitchenService, authority: kitchen}
    ignore_health_on_host_removal: true
    transport_socket:
      {{- include "bunmart.envoy.shared.transport_socket-3" . | nindent 6 }}
  {{- include "bunmart.envoy.shared.peer-pricing" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-cart" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-order" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-payment" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-shipping" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-notification" . | nindent 2 }}
  - name: peer-review
    connect_timeout: 0.5s
    cluster_type: *cluster_type
    load_assignment:
      cluster_name: peer-review
      endpoints:
      - lb_endpoints:
        - endpoint:
            address: {socket_address: {address: review.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}}
    typed_extension_protocol_options: *typed_extension_protocol_options
    load_balancing_policy: *load_balancing_policy
    circuit_breakers: *circuit_breakers
    outlier_detection: *outlier_detection
    common_lb_config: {healthy_panic_threshold: {value: 0}, update_merge_window: 0s}
    health_checks:
    - timeout: 1s
      interval: 2s
      no_traffic_interval: 2s
      unhealthy_interval: 0.25s
      interval_jitter_percent: 10
      unhealthy_threshold: 2
      healthy_threshold: 1
      grpc_health_check: {service_name: bunmart.review.v1.ReviewService, authority: review}
    ignore_health_on_host_removal: true
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        common_tls_context:
          alpn_protocols: [h2]
          tls_params: *tls_params
          tls_certificate_sds_secret_configs:
          - *tls_certificate_sds_secret_configs
          combined_validation_context:
            default_validation_context:
              match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/review'}}]
            validation_context_sds_secret_config: *validation_context_sds_secret_config
  {{- include "bunmart.envoy.shared.peer-user" . | nindent 2 }}
  - name: peer-bff
    connect_timeout: 0.5s
    cluster_type: *cluster_type
    load_assignment:
      cluster_name: peer-bff
      endpoints:
      - lb_endpoints:
        - endpoint:
            address: {socket_address: {address: bff.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}}
    typed_extension_protocol_options: *typed_extension_protocol_options
    load_balancing_policy: *load_balancing_policy
    circuit_breakers: *circuit_breakers
    outlier_detection: *outlier_detection
    common_lb_config: {healthy_panic_threshold: {value: 0}, update_merge_window: 0s}
    health_checks:
    - timeout: 1s
      interval: 2s
      no_traffic_interval: 2s
      unhealthy_interval: 0.25s
      interval_jitter_percent: 10
      unhealthy_threshold: 2
      healthy_threshold: 1
      http_health_check: {path: /health/ready, host: bff, codec_client_type: HTTP2}
    ignore_health_on_host_removal: true
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        common_tls_context:
          alpn_protocols: [h2]
          tls_params: *tls_params
          tls_certificate_sds_secret_configs:
          - *tls_certificate_sds_secret_configs
          combined_validation_context:
            default_validation_context:
              match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/bff'}}]
            validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
