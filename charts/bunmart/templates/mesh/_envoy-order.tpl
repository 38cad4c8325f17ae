{{- /* Generated from mesh/policy.yaml and proto/ by `make mesh`; never edit. */ -}}
{{- define "bunmart.envoy.order" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
node: {id: order, cluster: bunmart}
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
                  kitchen:
                    permissions:
                    - {url_path: {path: {exact: /bunmart.order.v1.OrderService/NotifyOrderPrepared}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/kitchen'}}
                  cart:
                    permissions:
                    - {url_path: {path: {exact: /bunmart.order.v1.OrderService/CreateOrderIntent}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/cart'}}
                  payment:
                    permissions:
                    - {url_path: {path: {exact: /bunmart.order.v1.OrderService/NotifyPaymentResult}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/payment'}}
                  shipping:
                    permissions:
                    - {url_path: {path: {exact: /bunmart.order.v1.OrderService/SetOrderShipping}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/shipping'}}
                  review:
                    permissions:
                    - {url_path: {path: {exact: /bunmart.order.v1.OrderService/ValidateOrderDeliveredForUser}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/review'}}
                  bff:
                    permissions:
                    - and_rules:
                        rules:
                        - {header: {name: ':method', string_match: {exact: GET}}}
                        - or_rules:
                            rules:
                            - {url_path: {path: {exact: /api/orders}}}
                            - {url_path: {path: {prefix: /api/orders/}}}
                            - {url_path: {path: {exact: /schema/openapi.json}}}
                    - {url_path: {path: {exact: /grpc.health.v1.Health/Check}}}
                    principals:
                    - authenticated: {principal_name: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/bff'}}
                  edge:
                    permissions:
                    - {url_path: {path: {exact: /api/orders}}}
                    - {url_path: {path: {prefix: /api/orders/}}}
                    - {url_path: {path: {exact: /api/ops/order}}}
                    - {url_path: {path: {prefix: /api/ops/order/}}}
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
                json_format: {ts: '%START_TIME%', service: order, direction: inbound, peer: '%DOWNSTREAM_PEER_URI_SAN%',
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
            - name: kitchen
              domains: [kitchen, kitchen.{{ $ns }}, kitchen.{{ $ns }}.svc, kitchen.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: CreateProductionOrder
                match: {path: /bunmart.kitchen.v1.KitchenService/CreateProductionOrder}
                route: &route
                  cluster: peer-kitchen
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: &retry_policy
                    {{- include "bunmart.envoy.shared.retry_policy-3" . | nindent 20 }}
              - name: CancelProductionOrder
                match: {path: /bunmart.kitchen.v1.KitchenService/CancelProductionOrder}
                route: *route
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-kitchen, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'order may not call this of kitchen: it is not in the call policy'}
            - name: pricing
              domains: [pricing, pricing.{{ $ns }}, pricing.{{ $ns }}.svc, pricing.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: GetPrices
                match: {path: /bunmart.pricing.v1.PricingService/GetPrices}
                route: &route-2
                  cluster: peer-pricing
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: &retry_policy-2
                    {{- include "bunmart.envoy.shared.retry_policy-2" . | nindent 20 }}
              - name: CalculateOrderPricing
                match: {path: /bunmart.pricing.v1.PricingService/CalculateOrderPricing}
                route: *route-2
              - name: ReserveOrderPricing
                match: {path: /bunmart.pricing.v1.PricingService/ReserveOrderPricing}
                route: &route-3
                  cluster: peer-pricing
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: *retry_policy
              - name: SettleOrderPricing
                match: {path: /bunmart.pricing.v1.PricingService/SettleOrderPricing}
                route: *route-3
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-pricing, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'order may not call this of pricing: it is not in the call policy'}
            - name: cart
              domains: [cart, cart.{{ $ns }}, cart.{{ $ns }}.svc, cart.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: InvalidateCart
                match: {path: /bunmart.cart.v1.CartService/InvalidateCart}
                route: &route-4
                  cluster: peer-cart
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: *retry_policy
              - name: RestoreCart
                match: {path: /bunmart.cart.v1.CartService/RestoreCart}
                route: *route-4
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-cart, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'order may not call this of cart: it is not in the call policy'}
            - name: payment
              domains: [payment, payment.{{ $ns }}, payment.{{ $ns }}.svc, payment.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: CreatePaymentIntent
                match: {path: /bunmart.payment.v1.PaymentService/CreatePaymentIntent}
                route: &route-5
                  cluster: peer-payment
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: *retry_policy
              - name: GetPaymentStatus
                match: {path: /bunmart.payment.v1.PaymentService/GetPaymentStatus}
                route:
                  cluster: peer-payment
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: *retry_policy-2
              - name: CloseOrderPayments
                match: {path: /bunmart.payment.v1.PaymentService/CloseOrderPayments}
                route: *route-5
              - name: RefundOrder
                match: {path: /bunmart.payment.v1.PaymentService/RefundOrder}
                route: *route-5
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-payment, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'order may not call this of payment: it is not in the call policy'}
            - name: shipping
              domains: [shipping, shipping.{{ $ns }}, shipping.{{ $ns }}.svc, shipping.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: CreateShipment
                match: {path: /bunmart.shipping.v1.ShippingService/CreateShipment}
                route: &route-6
                  cluster: peer-shipping
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: *retry_policy
              - name: CancelShipment
                match: {path: /bunmart.shipping.v1.ShippingService/CancelShipment}
                route: *route-6
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-shipping, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'order may not call this of shipping: it is not in the call policy'}
            - name: notification
              domains: [notification, notification.{{ $ns }}, notification.{{ $ns }}.svc, notification.{{ $ns }}.svc.{{ $domain }}]
              routes:
              {{- include "bunmart.envoy.shared.SendNotification" . | nindent 14 }}
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-notification, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'order may not call this of notification: it is not in the call policy'}
            - name: user
              domains: [user, user.{{ $ns }}, user.{{ $ns }}.svc, user.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - name: GetUser
                match: {path: /bunmart.user.v1.UserService/GetUser}
                route: &route-7
                  cluster: peer-user
                  timeout: 5s
                  max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
                  retry_policy: *retry_policy-2
              - name: GetUserAddresses
                match: {path: /bunmart.user.v1.UserService/GetUserAddresses}
                route: *route-7
              - name: ValidateUser
                match: {path: /bunmart.user.v1.UserService/ValidateUser}
                route: *route-7
              - name: CheckAccess
                match: {path: /bunmart.user.v1.UserService/CheckAccess}
                route: *route-7
              - name: ListEndedAccess
                match: {path: /bunmart.user.v1.UserService/ListEndedAccess}
                route: *route-7
              - match: {path: /grpc.health.v1.Health/Check}
                route: {cluster: peer-user, timeout: 5s}
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'order may not call this of user: it is not in the call policy'}
            - name: denied
              domains: [product, product.{{ $ns }}, product.{{ $ns }}.svc, product.{{ $ns }}.svc.{{ $domain }},
                review, review.{{ $ns }}, review.{{ $ns }}.svc, review.{{ $ns }}.svc.{{ $domain }},
                bff, bff.{{ $ns }}, bff.{{ $ns }}.svc, bff.{{ $ns }}.svc.{{ $domain }}, edge, edge.{{ $ns }},
                edge.{{ $ns }}.svc, edge.{{ $ns }}.svc.{{ $domain }}]
              routes:
              - match: {prefix: /}
                direct_response:
                  status: 403
                  body: {inline_string: 'order may not call this part: it is not in the call policy'}
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
  - name: peer-kitchen
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
      cluster_name: peer-kitchen
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address: {address: kitchen.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}
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
      grpc_health_check: {service_name: bunmart.kitchen.v1.KitchenService, authority: kitchen}
    ignore_health_on_host_removal: true
    transport_socket:
      {{- include "bunmart.envoy.shared.transport_socket-3" . | nindent 6 }}
  {{- include "bunmart.envoy.shared.peer-pricing" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-cart" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-payment" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-shipping" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-notification" . | nindent 2 }}
  {{- include "bunmart.envoy.shared.peer-user" . | nindent 2 }}
{{- end }}
