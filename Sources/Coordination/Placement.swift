package import Kernel
package import Model

/// Which services share a worker.
package enum Placement: Hashable, Sendable {
    /// Each service (or co-located set) has a worker of its own.
    case service
    /// So many workers, each with a part of the call graph of about equal load.
    case packed(Int)
    /// No workers: everything in one partition of the coordinating process.
    case inProcess

    /// The sets of services that share a worker, by worker, each ascending.
    ///
    /// Deterministic. Packing walks the call graph depth first from where users arrive, so that a
    /// service tends to share a worker with those it calls, and cuts the walk into runs of equal load.
    package func groups(of model: ModelDescription) -> [[ServiceID]] {
        let units = Self.units(of: model)
        switch self {
        case .service: return units
        case .inProcess: return [model.services.indices.map { ServiceID($0) }]
        case .packed(let count):
            return Self.pack(units, into: max(1, min(count, units.count)), of: model)
        }
    }

    /// Co-located sets, and every other service by itself, in the order of their first services.
    private static func units(of model: ModelDescription) -> [[ServiceID]] {
        var unitOf = [Int?](repeating: nil, count: model.services.count)
        for (index, set) in model.colocated.enumerated() {
            for service in set { unitOf[service.index] = index }
        }
        var units: [[ServiceID]] = []
        var isPlaced = [Bool](repeating: false, count: model.colocated.count)
        for service in model.services.indices {
            guard let set = unitOf[service] else {
                units.append([ServiceID(service)])
                continue
            }
            if !isPlaced[set] { units.append(model.colocated[set].sorted()) }
            isPlaced[set] = true
        }
        return units
    }

    private static func pack(
        _ units: [[ServiceID]], into count: Int, of model: ModelDescription
    ) -> [[ServiceID]] {
        let graph = CallGraph(model)
        var unitOf = [Int](repeating: 0, count: model.services.count)
        for (index, unit) in units.enumerated() {
            for service in unit { unitOf[service.index] = index }
        }
        var order: [Int] = []
        var isVisited = [Bool](repeating: false, count: units.count)
        for service in graph.depthFirstOrder where !isVisited[unitOf[service]] {
            isVisited[unitOf[service]] = true
            order.append(unitOf[service])
        }
        let loads = graph.expectedEventRates
        let load = units.map { unit in unit.reduce(0) { $0 + loads[$1.index] } }
        var groups: [[ServiceID]] = []
        var group: [ServiceID] = []
        var used = 0.0
        let total = load.reduce(0, +)
        for (position, unit) in order.enumerated() {
            group += units[unit]
            used += load[unit]
            let left = order.count - position - 1
            let groupsLeft = count - groups.count - 1
            let isFull = used >= total * Double(groups.count + 1) / Double(count)
            if groupsLeft > 0 && (isFull || left == groupsLeft) {
                groups.append(group.sorted())
                group = []
            }
        }
        groups.append(group.sorted())
        return groups
    }
}

/// Who calls whom and how often, for placing services and for sweeping over them.
struct CallGraph {
    /// By service: the services it calls, ascending, with the calls expected for one request.
    private let callees: [[(service: Int, calls: Double)]]
    private let arrivals: [Double]

    init(_ model: ModelDescription) {
        callees = model.services.map { service in
            var expected: [Int: Double] = [:]
            let share = 1 / Double(max(service.endpoints.count, 1))
            for step in service.endpoints.flatMap(\.steps) {
                for (call, count) in step.expectedCalls({
                    model.services[$0.index].initialReplicas
                }) {
                    expected[call.target.index, default: 0] += share * count
                }
            }
            return expected.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        arrivals = model.services.map { service in
            service.arrivals.reduce(0) { sum, stream in
                sum + (stream.profile.points.map(\.rate).max() ?? 0)
            }
        }
    }

    /// All services, callers before the callees they reach first.
    var depthFirstOrder: [Int] {
        var order: [Int] = []
        visitDepthFirst {
            order.append($0)
        } leave: { _ in
        }
        return order
    }

    /// Events per second at each service, roughly: requests, their compute steps, their answers.
    var expectedEventRates: [Double] {
        var rates = arrivals
        for _ in 0..<64 {
            var next = arrivals
            for (service, calls) in callees.enumerated() {
                for call in calls { next[call.service] += rates[service] * call.calls }
            }
            if next == rates { break }
            rates = next
        }
        return rates.enumerated().map { service, rate in
            min(rate, 1e12) * (2 + callees[service].reduce(0) { $0 + $1.calls })
        }
    }

    /// By service: the longest way to it from a service that is called by nobody, calls that close a
    /// cycle left out.
    var levels: [Int] {
        var finished: [Int] = []
        visitDepthFirst(enter: { _ in }, leave: { finished.append($0) })
        var position = [Int](repeating: 0, count: callees.count)
        for (index, service) in finished.reversed().enumerated() { position[service] = index }
        var levels = [Int](repeating: 0, count: callees.count)
        for service in finished.reversed() {
            for call in callees[service] where position[call.service] > position[service] {
                levels[call.service] = max(levels[call.service], levels[service] + 1)
            }
        }
        return levels
    }

    /// Visits every service once: first from where users arrive, then whatever is left.
    private func visitDepthFirst(enter: (Int) -> Void, leave: (Int) -> Void) {
        var isVisited = [Bool](repeating: false, count: callees.count)
        let roots = callees.indices.filter { arrivals[$0] > 0 } + callees.indices
        for root in roots where !isVisited[root] {
            isVisited[root] = true
            enter(root)
            var path: [(service: Int, next: Int)] = [(root, 0)]
            while let top = path.last {
                guard top.next < callees[top.service].count else {
                    leave(top.service)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let callee = callees[top.service][top.next].service
                if isVisited[callee] { continue }
                isVisited[callee] = true
                enter(callee)
                path.append((callee, 0))
            }
        }
    }
}
