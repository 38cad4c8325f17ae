{{- /* Generated from mesh/policy.yaml and proto/ by `make mesh`; never edit. */ -}}
{{- define "bunmart.envoy.bff" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
node: {id: bff, cluster: bunmart}
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
  - name: inbound
    address: {socket_address: {address: 0.0.0.0, port_value: 15006}}
    per_connection_buffer_limit_bytes: 1048576
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: inbound
          codec_type: AUTO
          generate_request_id: false
          normalize_path: true
          merge_slashes: true
          path_with_escaped_slashes_action: REJECT_REQUEST
          use_remote_address: false
          server_header_transformation: PASS_THROUGH
          common_http_protocol_options: {idle_timeout: 3600s, headers_with_underscores_action: REJECT_REQUEST}
          http2_protocol_options: &http2_protocol_options
            max_concurrent_streams: 1024
            initial_stream_window_size: 262144
            initial_connection_window_size: 1048576
            connection_keepalive: {interval: 30s, timeout: 5s}
          stream_idle_timeout: 300s
          request_headers_timeout: 10s
          route_config:
            name: inbound
            validate_clusters: true
            virtual_hosts:
            - name: app
              domains: ['*']
              routes: [{match: {prefix: /}, route: {cluster: app-http, timeout: 15s}}]
            response_headers_to_remove: [x-mesh-undelivered]
          http_filters:
          - name: envoy.filters.http.rbac
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
              rules:
                action: ALLOW
                policies:
                  edge:
                    permissions:
                    - {url_path: {path: {exact: /api/views}}}
                    - {url_path: {path: {prefix: /api/views/}}}
                    - {url_path: {path: {exact: /docs}}}
                    - {url_path: {path: {prefix: /docs/}}}
                    - {url_path: {path: {exact: /health/ready}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/edge'}}
          - &http_filters
            name: envoy.filters.http.router
            typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, suppress_envoy_headers: true}
          access_log:
          - name: envoy.access_loggers.stdout
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
              log_format:
                json_format: {ts: '%START_TIME%', service: bff, direction: inbound, peer: '%DOWNSTREAM_PEER_URI_SAN%',
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
            {{- include "bunmart.envoy.shared.local_reply_config" . | nindent 12 }}
          forward_client_cert_details: SANITIZE_SET
          set_current_client_cert_details: {uri: true}
      transport_socket:
        {{- include "bunmart.envoy.shared.transport_socket-2" . | nindent 8 }}
    traffic_direction: INBOUND
  - name: outbound
    address: {socket_address: {address: 127.0.0.1, port_value: 15001}}
    per_connection_buffer_limit_bytes: 1048576
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: outbound
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
            name: outbound
            validate_clusters: true
            virtual_hosts:
            - name: product
              domains: [product, product.{{ $ns }}, product.{{ $ns }}.svc, product.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match:
                  path_separated_prefix: /api/products
                  headers: [{name: ':method', string_match: {exact: GET}}]
                route: &route
                  cluster: peer-product
                  timeout: 5s
                  retry_policy: &retry_policy
                    retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers,gateway-error,reset
                    num_retries: 2
                    retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
                    retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
                    retry_host_predicate:
                    - name: envoy.retry_host_predicates.previous_hosts
                      typed_config: {'@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}
                    host_selection_retry_max_attempts: 3
              - match: &match {path: /schema/openapi.json, headers: [{name: ':method', string_match: {exact: GET}}]}
                route: *route
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-product, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of product: it is not in the call policy'}
            - name: kitchen
              domains: [kitchen, kitchen.{{ $ns }}, kitchen.{{ $ns }}.svc, kitchen.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match:
                  path_separated_prefix: /api/production-orders
                  headers: [{name: ':method', string_match: {exact: GET}}]
                route: &route-2
                  cluster: peer-kitchen
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: *match
                route: *route-2
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-kitchen, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of kitchen: it is not in the call policy'}
            - name: pricing
              domains: [pricing, pricing.{{ $ns }}, pricing.{{ $ns }}.svc, pricing.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match:
                  path_separated_prefix: /api/prices
                  headers: [{name: ':method', string_match: {exact: GET}}]
                route: &route-3
                  cluster: peer-pricing
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: *match
                route: *route-3
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-pricing, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of pricing: it is not in the call policy'}
            - name: cart
              domains: [cart, cart.{{ $ns }}, cart.{{ $ns }}.svc, cart.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match: *match
                route:
                  cluster: peer-cart
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-cart, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of cart: it is not in the call policy'}
            - name: order
              domains: [order, order.{{ $ns }}, order.{{ $ns }}.svc, order.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match:
                  path_separated_prefix: /api/orders
                  headers: [{name: ':method', string_match: {exact: GET}}]
                route: &route-4
                  cluster: peer-order
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: *match
                route: *route-4
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-order, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of order: it is not in the call policy'}
            - name: payment
              domains: [payment, payment.{{ $ns }}, payment.{{ $ns }}.svc, payment.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match:
                  path_separated_prefix: /api/payments
                  headers: [{name: ':method', string_match: {exact: GET}}]
                route: &route-5
                  cluster: peer-payment
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: *match
                route: *route-5
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-payment, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of payment: it is not in the call policy'}
            - name: shipping
              domains: [shipping, shipping.{{ $ns }}, shipping.{{ $ns }}.svc, shipping.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match:
                  path_separated_prefix: /api/shipments
                  headers: [{name: ':method', string_match: {exact: GET}}]
                route: &route-6
                  cluster: peer-shipping
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: *match
                route: *route-6
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-shipping, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of shipping: it is not in the call policy'}
            - name: notification
              domains: [notification, notification.{{ $ns }}, notification.{{ $ns }}.svc, notification.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match: *match
                route:
                  cluster: peer-notification
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-notification, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of notification: it is not in the call policy'}
            - name: review
              domains: [review, review.{{ $ns }}, review.{{ $ns }}.svc, review.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match:
                  path_separated_prefix: /api/reviews
                  headers: [{name: ':method', string_match: {exact: GET}}]
                route: &route-7
                  cluster: peer-review
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: *match
                route: *route-7
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-review, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of review: it is not in the call policy'}
            - name: user
              domains: [user, user.{{ $ns }}, user.{{ $ns }}.svc, user.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match:
                  path_separated_prefix: /api/users
                  headers: [{name: ':method', string_match: {exact: GET}}]
                route: &route-8
                  cluster: peer-user
                  timeout: 5s
                  retry_policy: *retry_policy
              - match: *match
                route: *route-8
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-user, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this of user: it is not in the call policy'}
            - name: denied
              domains: [edge, edge.{{ $ns }}, edge.{{ $ns }}.svc, edge.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'bff may not call this part: it is not in the call policy'}
            - name: unknown
              domains: ['*']
              routes:
              - match: {prefix: /}
                direct_response: {status: 404, body: {inline_string: no part of the mesh has this authority}}
            ignore_port_in_host_matching: true
            response_headers_to_remove: [x-mesh-undelivered]
          http_filters:
          - *http_filters
          local_reply_config:
            mappers:
            - *mappers
            - *mappers-2
            - *mappers-3
            - *mappers-4
            - *mappers-5
            - *mappers-6
            - *mappers-7
            - *mappers-8
            - *mappers-9
            - *mappers-10
            - *mappers-11
    traffic_direction: OUTBOUND
  {{- include "bunmart.envoy.shared.health" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.metrics" . | nindent 2 }}
  clusters:
  {{- include "bunmart.envoy.shared.app-http" . | nindent 2 }}
  - name: admin
    connect_timeout: 0.5s
    type: STATIC
    load_assignment:
      cluster_name: admin
      endpoints:
      - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 15000}}}}]
  {{- include "bunmart.envoy.shared.peer-product" . | nindent 2 }}
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
{{- end }}
