import Kernel

/// How load spreads from the entries of a call graph to everyone below.
package struct LoadFlow: Hashable, Sendable {
    /// By service: calls per request, ascending by target.
    package var calls: [[ExpectedCall]]

    package init(_ calls: [[ExpectedCall]]) { self.calls = calls }

    /// Passes over the graph after which a load that still changes (a cycle that feeds itself) is
    /// taken as it stands.
    private static let passLimit = 1_000

    /// By service: requests a second, when users bring `entering`.
    ///
    /// `passedOn` says how much of a service's load becomes calls: at most what its replicas carry.
    /// The fixpoint of L = entering + Σ passedOn(L)·calls, by passes in the order of services; a graph
    /// without cycles needs as many as it has tiers.
    package func loads(
        entering: [Double], passedOn: (Int, Double) -> Double = { $1 }
    ) -> [Double] {
        var loads = entering
        for _ in 0..<Self.passLimit {
            var next = entering
            for service in calls.indices where loads[service] > 0 {
                let passed = passedOn(service, loads[service])
                for call in calls[service] where call.count > 0 {
                    next[call.target] += passed * call.count
                }
            }
            if next == loads { return loads }
            loads = next
        }
        return loads
    }

    /// Whether a request at `service` can lead to calls of `target`.
    package func reaches(_ target: Int, from service: Int) -> Bool {
        var visited = [Bool](repeating: false, count: calls.count)
        var waiting = [service]
        while let next = waiting.popLast() {
            if next == target { return true }
            if visited[next] { continue }
            visited[next] = true
            waiting += calls[next].map(\.target)
        }
        return false
    }

    /// The path from an entry that takes most time, if each visit of a service takes its own time.
    ///
    /// A service counts once on a path; cycles are cut where they close.
    package func heaviestPath(from entries: [Int], ownSeconds: [Double]) -> [Int] {
        var known = [(weight: Double, next: Int)?](repeating: nil, count: calls.count)
        var isOpen = [Bool](repeating: false, count: calls.count)
        func weight(_ service: Int) -> Double {
            if let done = known[service] { return done.weight }
            isOpen[service] = true
            var best = (weight: 0.0, next: -1)
            for call in calls[service] where !isOpen[call.target] {
                let below = weight(call.target) * max(call.count, 0)
                if below > best.weight { best = (below, call.target) }
            }
            isOpen[service] = false
            known[service] = (best.weight + ownSeconds[service], best.next)
            return best.weight + ownSeconds[service]
        }
        let weights = entries.map(weight)
        guard let heaviest = weights.max(), let place = weights.firstIndex(of: heaviest) else {
            return []
        }
        let first = entries[place]
        var path = [first]
        while let step = known[path[path.count - 1]], step.next >= 0, !path.contains(step.next) {
            path.append(step.next)
        }
        return path
    }
}
