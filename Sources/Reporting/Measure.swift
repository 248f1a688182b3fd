/// A number that is drawn over time. The raw values are names in the page's data.
package enum Measure: String, CaseIterable, Sendable {
    case offered, goodput
    case rejected, failed, shed, expired, unavailable, errors, conflicts, cancelled, timeouts
    case badShare = "bad"
    case p50, p90, p99
    case replicas, ready, waiting, requests, utilisation
    case kills, crashes, drained, hitRatio = "hits", paused, throttled
    /// Of edges.
    case attempts, retries, hedges, late, refused, trips

    /// Failures by cause, in the order in which they are stacked.
    package static let causes: [Measure] = [
        .rejected, .shed, .expired, .unavailable, .errors, .conflicts, .cancelled, .failed,
        .timeouts,
    ]

    package var title: String {
        switch self {
        case .offered: "offered"
        case .goodput: "goodput"
        case .badShare: "failing share"
        case .timeouts: "timed out"
        case .p50, .p90, .p99: "latency \(rawValue)"
        case .hitRatio: "hit ratio"
        case .kills: "deaths"
        case .drained: "drained replicas"
        case .waiting: "queue"
        case .requests: "requests inside"
        case .errors: "error"
        case .conflicts: "conflict"
        case .late: "late answers"
        case .ready: "ready replicas"
        case .paused: "paused"
        default: rawValue
        }
    }

    package var unit: String {
        switch self {
        case .p50, .p90, .p99: "s"
        case .replicas, .ready: "replicas"
        case .waiting, .requests: "requests"
        case .utilisation, .badShare, .hitRatio, .paused, .throttled: "share"
        case .kills, .crashes, .drained: "replicas"
        case .trips: "trips"
        default: "per s"
        }
    }

    /// Whether zero means that there is nothing to tell.
    var isLatency: Bool { self == .p50 || self == .p90 || self == .p99 }
}
