{{- /* Generated from mesh/policy.yaml and proto/ by `make mesh`; never edit. */ -}}
{{- define "bunmart.envoy.cart" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
node: {id: cart, cluster: bunmart}
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
            {{- include "bunmart.envoy.shared.route_config" . | nindent 12 }}
          http_filters:
          - name: envoy.filters.http.rbac
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
              rules:
                action: ALLOW
                policies:
                  product:
                    permissions:
                    - {url_path: {path: {exact: /bunmart.cart.v1.CartService/AddCartItem}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/product'}}
                  order:
                    permissions:
                    - {url_path: {path: {exact: /bunmart.cart.v1.CartService/InvalidateCart}}}
                    - {url_path: {path: {exact: /bunmart.cart.v1.CartService/RestoreCart}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/order'}}
                  bff:
                    permissions:
                    - and_rules:
                        rules:
                        - {header: {name: ':method', string_match: {exact: GET}}}
                        - {url_path: {path: {exact: /schema/openapi.json}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/bff'}}
                  edge:
                    permissions:
                    - {url_path: {path: {exact: /api/carts}}}
                    - {url_path: {path: {prefix: /api/carts/}}}
                    - {url_path: {path: {exact: /api/ops/cart}}}
                    - {url_path: {path: {prefix: /api/ops/cart/}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
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
                json_format: {ts: '%START_TIME%', service: cart, direction: inbound, peer: '%DOWNSTREAM_PEER_URI_SAN%',
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
              - name: ValidateProducts
                match: {path: /bunmart.product.v1.ProductCatalogService/ValidateProducts}
                route:
                  cluster: peer-product
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: &retry_policy-2
                    retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers,unavailable,reset
                    num_retries: 4
                    retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
                    retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
                    retry_host_predicate:
                    - &retry_host_predicate
                      name: envoy.retry_host_predicates.previous_hosts
                      typed_config: {'@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}
                    host_selection_retry_max_attempts: 3
                    per_try_timeout: 2s
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-product, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'cart may not call this of product: it is not in the call policy'}
            - name: order
              domains: [order, order.{{ $ns }}, order.{{ $ns }}.svc, order.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: CreateOrderIntent
                match: {path: /bunmart.order.v1.OrderService/CreateOrderIntent}
                route:
                  cluster: peer-order
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: &retry_policy
                    {{- include "bunmart.envoy.shared.retry_policy" . | nindent 20 }}
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-order, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'cart may not call this of order: it is not in the call policy'}
            - name: notification
              domains: [notification, notification.{{ $ns }}, notification.{{ $ns }}.svc, notification.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: SendNotification
                match: {path: /bunmart.notification.v1.NotificationService/SendNotification}
                route:
                  cluster: peer-notification
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: *retry_policy
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-notification, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'cart may not call this of notification: it is not in the call policy'}
            - name: user
              domains: [user, user.{{ $ns }}, user.{{ $ns }}.svc, user.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: ValidateUser
                match: {path: /bunmart.user.v1.UserService/ValidateUser}
                route: &route
                  cluster: peer-user
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: *retry_policy-2
              - name: CheckAccess
                match: {path: /bunmart.user.v1.UserService/CheckAccess}
                route: *route
              - name: ListEndedAccess
                match: {path: /bunmart.user.v1.UserService/ListEndedAccess}
                route: *route
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-user, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'cart may not call this of user: it is not in the call policy'}
            - name: denied
              domains: [kitchen, kitchen.{{ $ns }}, kitchen.{{ $ns }}.svc, kitchen.{{ $ns }}.svc.{{ $domain }},
                pricing, pricing.{{ $ns }}, pricing.{{ $ns }}.svc, pricing.{{ $ns }}.svc.{{ $domain }},
                payment, payment.{{ $ns }}, payment.{{ $ns }}.svc, payment.{{ $ns }}.svc.{{ $domain }},
                shipping, shipping.{{ $ns }}, shipping.{{ $ns }}.svc, shipping.{{ $ns }}.svc.{{ $domain }},
                review, review.{{ $ns }}, review.{{ $ns }}.svc, review.{{ $ns }}.svc.{{ $domain }},
                bff, bff.{{ $ns }}, bff.{{ $ns }}.svc, bff.{{ $ns }}.svc.{{ $domain }}, edge, edge.{{ $ns }},
                edge.{{ $ns }}.svc, edge.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'cart may not call this part: it is not in the call policy'}
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
  {{- include "bunmart.envoy.shared.app-grpc" . | nindent 2 }}
  - name: admin
    connect_timeout: 0.5s
    type: STATIC
    load_assignment:
      cluster_name: admin
      endpoints:
      - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 15000}}}}]
  {{- include "bunmart.envoy.shared.peer-product" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-order" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-notification" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-user" . | nindent 2 }}
{{- end }}
