{{- /* Generated from mesh/policy.yaml and proto/ by `make mesh`; never edit. */ -}}
{{- define "bunmart.envoy.shared.CheckAccess" -}}
- name: CheckAccess
  match: {path: /bunmart.user.v1.UserService/CheckAccess}
  route: &route
    cluster: peer-user
    timeout: 5s
    max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
    retry_policy:
      retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers,unavailable,reset
      num_retries: 4
      retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
      retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
      retry_host_predicate:
      - *retry_host_predicate
      host_selection_retry_max_attempts: 3
      per_try_timeout: 2s
{{- end }}
{{- define "bunmart.envoy.shared.SendNotification" -}}
- name: SendNotification
  match: {path: /bunmart.notification.v1.NotificationService/SendNotification}
  route:
    cluster: peer-notification
    timeout: 5s
    max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
    retry_policy:
      retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers
      num_retries: 4
      retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
      retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
      retry_host_predicate:
      - *retry_host_predicate
      host_selection_retry_max_attempts: 3
{{- end }}
{{- define "bunmart.envoy.shared.app-grpc" -}}
- name: app-grpc
  connect_timeout: 0.5s
  type: STATIC
  load_assignment:
    cluster_name: app-grpc
    endpoints:
    - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9090}}}}]
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http2_protocol_options: {max_concurrent_streams: 1024}}
      common_http_protocol_options: {idle_timeout: 3600s}
{{- end }}
{{- define "bunmart.envoy.shared.app-http" -}}
- name: app-http
  connect_timeout: 0.5s
  type: STATIC
  load_assignment:
    cluster_name: app-http
    endpoints:
    - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8000}}}}]
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http_protocol_options: {}}
      common_http_protocol_options: {idle_timeout: 4s}
{{- end }}
{{- define "bunmart.envoy.shared.body_format_override" -}}
json_format: {type: 'urn:bunmart:error:invalid-argument', title: Invalid argument, status: '%RESPONSE_CODE%',
  detail: The path or the headers of this request are not acceptable., code: INVALID_ARGUMENT, instance: '%PATH(NQ:PATH)%',
  request_id: '%REQ(X-REQUEST-ID)%'}
content_type: application/problem+json
{{- end }}
{{- define "bunmart.envoy.shared.clusters" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
- name: app-http
  connect_timeout: 0.5s
  type: STATIC
  load_assignment:
    cluster_name: app-http
    endpoints:
    - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8000}}}}]
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http_protocol_options: {}}
      common_http_protocol_options: {idle_timeout: 4s}
- name: app-grpc
  connect_timeout: 0.5s
  type: STATIC
  load_assignment:
    cluster_name: app-grpc
    endpoints:
    - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9090}}}}]
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http2_protocol_options: {max_concurrent_streams: 1024}}
      common_http_protocol_options: {idle_timeout: 3600s}
- name: admin
  connect_timeout: 0.5s
  type: STATIC
  load_assignment:
    cluster_name: admin
    endpoints:
    - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 15000}}}}]
- name: peer-order
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
    cluster_name: peer-order
    endpoints:
    - lb_endpoints:
      - endpoint:
          address: {socket_address: {address: order.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}}
  typed_extension_protocol_options: &typed_extension_protocol_options
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config:
        http2_protocol_options: {max_concurrent_streams: 1024, connection_keepalive: {interval: 30s, timeout: 5s}}
      common_http_protocol_options: {idle_timeout: 300s}
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
    grpc_health_check: {service_name: bunmart.order.v1.OrderService, authority: order}
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
            match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/order'}}]
          validation_context_sds_secret_config: *validation_context_sds_secret_config
- name: peer-notification
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-notification
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address: {address: notification.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}
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
    grpc_health_check: {service_name: bunmart.notification.v1.NotificationService, authority: notification}
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
            match_typed_subject_alt_names:
            - san_type: URI
              matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/notification'}
          validation_context_sds_secret_config: *validation_context_sds_secret_config
- name: peer-user
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-user
    endpoints:
    - lb_endpoints:
      - endpoint:
          address: {socket_address: {address: user.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}}
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
    grpc_health_check: {service_name: bunmart.user.v1.UserService, authority: user}
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
            match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/user'}}]
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.health" -}}
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
            - match: {path: /health/live, headers: [{name: ':method', string_match: {exact: GET}}]}
              route: {cluster: app-http, timeout: 10s}
            - match: {path: /health/ready, headers: [{name: ':method', string_match: {exact: GET}}]}
              route: {cluster: app-http, timeout: 10s}
            - {match: {prefix: /}, direct_response: {status: 404}}
        http_filters:
        - *http_filters
  ignore_global_conn_limit: true
{{- end }}
{{- define "bunmart.envoy.shared.local_reply_config" -}}
mappers:
- filter:
    and_filter:
      filters:
      - &filter
        header_filter: {header: {name: content-type, string_match: {prefix: application/grpc}}}
      - {response_flag_filter: {flags: [UF, UH, UO]}}
  headers_to_add:
  - &headers_to_add
    header: {key: x-mesh-undelivered, value: '1'}
    append_action: OVERWRITE_IF_EXISTS_OR_ADD
- &mappers
  filter: *filter
- filter: {response_flag_filter: {flags: [UF, UH, UO]}}
  headers_to_add:
  - *headers_to_add
  body_format_override: &body_format_override
    json_format: {type: 'urn:bunmart:error:unavailable', title: Unavailable, status: '%RESPONSE_CODE%',
      detail: The service does not answer; retry in a moment., code: UNAVAILABLE, instance: '%PATH(NQ:PATH)%',
      request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
- &mappers-2
  filter:
    status_code_filter:
      comparison: {op: EQ, value: {default_value: 401, runtime_key: bunmart.local_reply_status}}
  body_format_override:
    json_format: {type: 'urn:bunmart:error:unauthenticated', title: Unauthenticated, status: '%RESPONSE_CODE%',
      detail: '%LOCAL_REPLY_BODY%', code: UNAUTHENTICATED, instance: '%PATH(NQ:PATH)%', request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
- &mappers-3
  filter:
    status_code_filter:
      comparison: {op: EQ, value: {default_value: 403, runtime_key: bunmart.local_reply_status}}
  body_format_override:
    json_format: {type: 'urn:bunmart:error:permission-denied', title: Permission denied, status: '%RESPONSE_CODE%',
      detail: '%LOCAL_REPLY_BODY%', code: PERMISSION_DENIED, instance: '%PATH(NQ:PATH)%', request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
- &mappers-4
  filter:
    status_code_filter:
      comparison: {op: EQ, value: {default_value: 404, runtime_key: bunmart.local_reply_status}}
  body_format_override:
    json_format: {type: 'urn:bunmart:error:not-found', title: Not found, status: '%RESPONSE_CODE%',
      detail: There is nothing at this path., code: NOT_FOUND, instance: '%PATH(NQ:PATH)%', request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
- &mappers-5
  filter:
    status_code_filter:
      comparison: {op: EQ, value: {default_value: 408, runtime_key: bunmart.local_reply_status}}
  body_format_override:
    json_format: {type: 'urn:bunmart:error:deadline-exceeded', title: Deadline exceeded, status: '%RESPONSE_CODE%',
      detail: The request took too long to arrive., code: DEADLINE_EXCEEDED, instance: '%PATH(NQ:PATH)%',
      request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
- &mappers-6
  filter:
    status_code_filter:
      comparison: {op: EQ, value: {default_value: 413, runtime_key: bunmart.local_reply_status}}
  body_format_override:
    json_format: {type: 'urn:bunmart:error:payload-too-large', title: Payload too large, status: '%RESPONSE_CODE%',
      detail: The request is too large., code: PAYLOAD_TOO_LARGE, instance: '%PATH(NQ:PATH)%', request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
- &mappers-7
  filter:
    status_code_filter:
      comparison: {op: EQ, value: {default_value: 429, runtime_key: bunmart.local_reply_status}}
  body_format_override:
    json_format: {type: 'urn:bunmart:error:resource-exhausted', title: Resource exhausted, status: '%RESPONSE_CODE%',
      detail: Too many requests; retry in a moment., code: RESOURCE_EXHAUSTED, instance: '%PATH(NQ:PATH)%',
      request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
- &mappers-8
  filter:
    status_code_filter:
      comparison: {op: EQ, value: {default_value: 503, runtime_key: bunmart.local_reply_status}}
  body_format_override: *body_format_override
- &mappers-9
  filter:
    status_code_filter:
      comparison: {op: EQ, value: {default_value: 504, runtime_key: bunmart.local_reply_status}}
  body_format_override:
    json_format: {type: 'urn:bunmart:error:deadline-exceeded', title: Deadline exceeded, status: '%RESPONSE_CODE%',
      detail: The service did not answer in time., code: DEADLINE_EXCEEDED, instance: '%PATH(NQ:PATH)%',
      request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
- &mappers-10
  filter:
    status_code_filter:
      comparison: {op: GE, value: {default_value: 500, runtime_key: bunmart.local_reply_status}}
  body_format_override: *body_format_override
- &mappers-11
  filter:
    status_code_filter:
      comparison: {op: GE, value: {default_value: 400, runtime_key: bunmart.local_reply_status}}
  body_format_override:
    json_format: {type: 'urn:bunmart:error:invalid-argument', title: Invalid argument, status: '%RESPONSE_CODE%',
      detail: The path or the headers of this request are not acceptable., code: INVALID_ARGUMENT, instance: '%PATH(NQ:PATH)%',
      request_id: '%REQ(X-REQUEST-ID)%'}
    content_type: application/problem+json
{{- end }}
{{- define "bunmart.envoy.shared.metrics" -}}
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
            - match: {path: /metrics, headers: [{name: ':method', string_match: {exact: GET}}]}
              route: {cluster: app-http, timeout: 10s}
            - match: {path: /stats/prometheus, headers: [{name: ':method', string_match: {exact: GET}}]}
              route: {cluster: admin, timeout: 10s}
            - {match: {prefix: /}, direct_response: {status: 404}}
        http_filters:
        - *http_filters
  ignore_global_conn_limit: true
{{- end }}
{{- define "bunmart.envoy.shared.peer-cart" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
- name: peer-cart
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-cart
    endpoints:
    - lb_endpoints:
      - endpoint:
          address: {socket_address: {address: cart.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}}
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
    grpc_health_check: {service_name: bunmart.cart.v1.CartService, authority: cart}
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
            match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/cart'}}]
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.peer-notification" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
- name: peer-notification
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-notification
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address: {address: notification.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}
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
    grpc_health_check: {service_name: bunmart.notification.v1.NotificationService, authority: notification}
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
            match_typed_subject_alt_names:
            - san_type: URI
              matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/notification'}
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.peer-order" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
- name: peer-order
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-order
    endpoints:
    - lb_endpoints:
      - endpoint:
          address: {socket_address: {address: order.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}}
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
    grpc_health_check: {service_name: bunmart.order.v1.OrderService, authority: order}
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
            match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/order'}}]
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.peer-payment" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
- name: peer-payment
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-payment
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address: {address: payment.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}
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
    grpc_health_check: {service_name: bunmart.payment.v1.PaymentService, authority: payment}
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
            match_typed_subject_alt_names:
            - {san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/payment'}}
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.peer-pricing" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
- name: peer-pricing
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-pricing
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address: {address: pricing.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}
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
    grpc_health_check: {service_name: bunmart.pricing.v1.PricingService, authority: pricing}
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
            match_typed_subject_alt_names:
            - {san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/pricing'}}
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.peer-product" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
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
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config:
        http2_protocol_options: {max_concurrent_streams: 1024, connection_keepalive: {interval: 30s, timeout: 5s}}
      common_http_protocol_options: {idle_timeout: 300s}
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
        tls_params: *tls_params
        tls_certificate_sds_secret_configs:
        - *tls_certificate_sds_secret_configs
        combined_validation_context:
          default_validation_context:
            match_typed_subject_alt_names:
            - {san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/product'}}
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.peer-shipping" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
- name: peer-shipping
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-shipping
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address: {address: shipping.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}
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
    grpc_health_check: {service_name: bunmart.shipping.v1.ShippingService, authority: shipping}
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
            match_typed_subject_alt_names:
            - {san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/shipping'}}
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.peer-user" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
- name: peer-user
  connect_timeout: 0.5s
  cluster_type: *cluster_type
  load_assignment:
    cluster_name: peer-user
    endpoints:
    - lb_endpoints:
      - endpoint:
          address: {socket_address: {address: user.{{ $ns }}.svc.{{ $domain }}, port_value: 15006}}
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
    grpc_health_check: {service_name: bunmart.user.v1.UserService, authority: user}
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
            match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/user'}}]
          validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.retry_policy" -}}
retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers
num_retries: 4
retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
retry_host_predicate:
- *retry_host_predicate
host_selection_retry_max_attempts: 3
{{- end }}
{{- define "bunmart.envoy.shared.retry_policy-2" -}}
retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers,unavailable,reset
num_retries: 4
retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
retry_host_predicate:
- *retry_host_predicate
host_selection_retry_max_attempts: 3
per_try_timeout: 2s
{{- end }}
{{- define "bunmart.envoy.shared.retry_policy-3" -}}
retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers,unavailable,reset
num_retries: 4
retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
retry_host_predicate:
- &retry_host_predicate
  name: envoy.retry_host_predicates.previous_hosts
  typed_config: {'@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}
host_selection_retry_max_attempts: 3
{{- end }}
{{- define "bunmart.envoy.shared.route" -}}
cluster: peer-order
timeout: 5s
max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
retry_policy:
  retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers,unavailable,reset
  num_retries: 4
  retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
  retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
  retry_host_predicate:
  - &retry_host_predicate
    name: envoy.retry_host_predicates.previous_hosts
    typed_config: {'@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}
  host_selection_retry_max_attempts: 3
{{- end }}
{{- define "bunmart.envoy.shared.route-2" -}}
cluster: peer-user
timeout: 5s
max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.005s}
retry_policy:
  retry_on: connect-failure,refused-stream,reset-before-request,retriable-headers,unavailable,reset
  num_retries: 4
  retriable_headers: [{name: x-mesh-undelivered, present_match: true}]
  retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}
  retry_host_predicate:
  - *retry_host_predicate
  host_selection_retry_max_attempts: 3
  per_try_timeout: 2s
{{- end }}
{{- define "bunmart.envoy.shared.route_config" -}}
name: inbound
validate_clusters: true
virtual_hosts:
- name: app
  domains: ['*']
  routes:
  - match: {prefix: /, grpc: {}}
    route: {cluster: app-grpc, timeout: 0s, max_stream_duration: {grpc_timeout_header_max: 0s}}
  - {match: {prefix: /}, route: {cluster: app-http, timeout: 15s}}
response_headers_to_remove: [x-mesh-undelivered]
{{- end }}
{{- define "bunmart.envoy.shared.transport_socket" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
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
        match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/cart'}}]
      validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.transport_socket-2" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
name: envoy.transport_sockets.tls
typed_config:
  '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
  require_client_certificate: true
  common_tls_context:
    alpn_protocols: [h2, http/1.1]
    tls_params: &tls_params {tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3}
    tls_certificate_sds_secret_configs:
    - &tls_certificate_sds_secret_configs
      name: workload
      sds_config:
        resource_api_version: V3
        path_config_source: {path: /etc/envoy/workload.sds.yaml, watched_directory: {path: /etc/envoy}}
    combined_validation_context:
      default_validation_context:
        match_typed_subject_alt_names: [{san_type: URI, matcher: {prefix: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/'}}]
      validation_context_sds_secret_config: &validation_context_sds_secret_config
        name: roots
        sds_config:
          resource_api_version: V3
          path_config_source: {path: /etc/envoy/roots.sds.yaml, watched_directory: {path: /etc/envoy}}
{{- end }}
{{- define "bunmart.envoy.shared.transport_socket-3" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
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
        match_typed_subject_alt_names:
        - {san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/kitchen'}}
      validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.transport_socket-4" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
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
        match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/user'}}]
      validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.transport_socket-5" -}}
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
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
        match_typed_subject_alt_names:
        - san_type: URI
          matcher: {exact: 'spiffe://{{ $trust }}/ns/{{ $ns }}/sa/notification'}
      validation_context_sds_secret_config: *validation_context_sds_secret_config
{{- end }}
{{- define "bunmart.envoy.shared.typed_extension_protocol_options" -}}
envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
  '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
  explicit_http_config:
    http2_protocol_options: {max_concurrent_streams: 1024, connection_keepalive: {interval: 30s, timeout: 5s}}
  common_http_protocol_options: {idle_timeout: 300s}
{{- end }}
