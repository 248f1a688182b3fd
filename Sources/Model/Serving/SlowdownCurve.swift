/// A ``Slowdown`` made ready for the hot path: a table for up to 1,023 requests, the formula beyond.
package struct SlowdownCurve: Hashable, Sendable {
    private static var tableSize: Int { 1_024 }

    private let slowdown: Slowdown
    /// 1 / factor(n) by n.
    private let speeds: ContiguousArray<Double>

    package init(_ slowdown: Slowdown) {
        self.slowdown = slowdown
        speeds = ContiguousArray(
            (0..<Self.tableSize).map { 1 / Self.factor(slowdown, requests: $0) })
    }

    /// The speed of a replica with this many requests, relative to one that slows none: 1 / factor.
    @inline(__always)
    package func speed(requests: Int) -> Double {
        requests >= 0 && requests < Self.tableSize
            ? speeds[requests] : 1 / Self.factor(slowdown, requests: requests)
    }

    /// How many times as long each of `requests` takes; fewer than one count as one.
    package static func factor(_ slowdown: Slowdown, requests: Int) -> Double {
        let n = Double(max(requests, 1))
        return switch slowdown {
        case .linear(let slope): 1 + slope * (n - 1)
        case .universal(let contention, let coherence):
            1 + contention * (n - 1) + coherence * n * (n - 1)
        case .curve(let points): interpolate(points, at: n)
        }
    }

    private static func interpolate(_ points: [SlowdownPoint], at n: Double) -> Double {
        guard let first = points.first, let last = points.last else { return 1 }
        if n <= first.requests { return first.factor }
        if n >= last.requests { return last.factor }
        var (low, high) = (0, points.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if points[middle].requests <= n { low = middle } else { high = middle }
        }
        let (from, to) = (points[low], points[high])
        let share = (n - from.requests) / (to.requests - from.requests)
        return from.factor + share * (to.factor - from.factor)
    }
}
