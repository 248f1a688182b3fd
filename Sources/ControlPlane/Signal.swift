/// Something that is measured of a service.
package enum SignalKind: UInt8, Hashable, Sendable, CaseIterable {
    /// Cores in use, and bytes.
    case cpu, memory
    /// Requests that arrive in a second, and those that end badly.
    case requests, failures
    /// Requests in the service, and those of them that wait. Of a message queue: its lag.
    case concurrency, queue
    /// Requests that users send in a second, whatever becomes of them.
    case clients
    /// How long requests stay on average, in seconds.
    case latency
    /// Quantiles of the time that successful requests stay, in seconds.
    case latencyP50, latencyP90, latencyP95, latencyP99

    /// What the signal is called in topologies and queries.
    package var name: String {
        switch self {
        case .cpu: "cpu"
        case .memory: "memory"
        case .requests: "requests"
        case .failures: "failures"
        case .concurrency: "concurrency"
        case .queue: "queue"
        case .clients: "clients"
        case .latency: "latency"
        case .latencyP50: "latency_p50"
        case .latencyP90: "latency_p90"
        case .latencyP95: "latency_p95"
        case .latencyP99: "latency_p99"
        }
    }

    /// Names that clusters commonly give to metrics of this kind.
    private static let commonNames: [String: SignalKind] = [
        "http_requests": .requests, "http_requests_per_second": .requests,
        "http_requests_total": .requests, "requests_per_second": .requests,
        "requests-per-second": .requests, "http_server_requests_seconds_count": .requests,
        "requests_in_flight": .concurrency, "http_requests_in_flight": .concurrency,
        "in_flight_requests": .concurrency, "queue_length": .queue, "queue_depth": .queue,
        "queue_messages_ready": .queue, "messages_ready": .queue, "lag": .queue,
        "consumer_lag": .queue, "kafka_consumergroup_lag": .queue,
    ]

    /// The kind that a name stands for.
    package init?(name: String) {
        let own = Self.allCases.first { $0.name == name }
        guard let kind = own ?? Self.commonNames[name] else { return nil }
        self = kind
    }

    /// The quantile, 0...1.
    var quantile: Double? {
        switch self {
        case .latencyP50: 0.5
        case .latencyP90: 0.9
        case .latencyP95: 0.95
        case .latencyP99: 0.99
        default: nil
        }
    }
}

/// A signal of one service.
package struct Signal: Hashable, Sendable {
    package var kind: SignalKind
    package var service: Int

    package init(_ kind: SignalKind, of service: Int) {
        self.kind = kind
        self.service = service
    }
}
