import Kernel
import Model

/// What no single value can show: latencies that stop time, edges that no call uses, endless calls.
struct SemanticChecks {
    let model: ModelDescription
    let network: Network
    let services: [(name: String, value: Field)]
    let log: DiagnosticLog

    func run() {
        let edges = callEdges()
        checkStreamCounts()
        checkSize()
        checkPolicies()
        checkUnusedEdges(edges)
        checkUnusedRules(edges)
        checkLatencies(edges)
        checkEndlessCalls()
    }

    /// Every pair of caller and called service, each once, in the order of the file.
    private func callEdges() -> [Network.Edge] {
        var edges: [Network.Edge] = []
        var seen: Set<Network.Edge> = []
        for (index, service) in model.services.enumerated() {
            for call in service.endpoints.flatMap(\.calls) {
                let edge = Network.Edge(from: ServiceID(index), to: call.target)
                if seen.insert(edge).inserted { edges.append(edge) }
            }
        }
        return edges
    }

    /// A request's identity has eight bits for the stream that it came from.
    private func checkStreamCounts() {
        let most = RequestIdentity.maximumStreams
        for (index, service) in model.services.enumerated() where service.arrivals.count > most {
            services[index].value.fail(
                "\(service.arrivals.count) arrival streams go to `\(service.name)`; the most is \(most)",
                "join streams of the same kind, or send some to another service")
        }
    }

    private func checkUnusedEdges(_ edges: [Network.Edge]) {
        // With other errors about, a call may be missing only because it could not be read.
        guard log.isEmpty else { return }
        let used = Set(edges)
        for (edge, latency) in network.edges where !used.contains(edge) {
            latency.field.fail(
                "`\(name(edge.from))` never calls `\(name(edge.to))`",
                "remove this edge, or correct `from` and `to`")
        }
    }

    private func checkUnusedRules(_ edges: [Network.Edge]) {
        guard log.isEmpty else { return }
        let used = Set(edges)
        let ids = Dictionary(
            services.enumerated().map { ($1.name, ServiceID($0)) },
            uniquingKeysWith: { first, _ in first })
        for (index, service) in services.enumerated() {
            guard let calls = service.value.child("calls"),
                case .mapping(let entries) = calls.node.content
            else { continue }
            for entry in entries {
                guard let callee = ids[entry.key],
                    !used.contains(Network.Edge(from: ServiceID(index), to: callee))
                else { continue }
                calls.child(entry).fail(
                    "`\(service.name)` never calls `\(entry.key)`",
                    "remove this entry, or add a call to `\(entry.key)`")
            }
        }
    }

    private func name(_ id: ServiceID) -> String { model.services[id.index].name }
}

// MARK: - Sizes

extension SemanticChecks {
    /// Repetitions can make a small file a large model.
    private func checkSize() {
        guard log.isEmpty else { return }
        var size = 0
        for (index, service) in model.services.enumerated() {
            for endpoint in service.endpoints {
                let (sum, overflow) = size.addingReportingOverflow(endpoint.steps.unrolledSize)
                size = overflow ? .max : sum
            }
            guard size <= ModelLimits.stepsOfModel else {
                services[index].value.fail(
                    "up to here there are more than \(ModelLimits.stepsOfModel) steps and calls, "
                        + "once every `repeat` is written out", "repeat less often")
                return
            }
        }
    }

    private func checkPolicies() {
        for (index, service) in model.services.enumerated() {
            for (callee, policy) in service.policies.sorted(by: { $0.key < $1.key }) {
                let problem = policy.problem(
                    from: service, to: model.services[callee.index])
                guard let problem else { continue }
                let field = services[index].value
                let place = field.child("calls")?.child(name(callee)) ?? field
                place.fail(problem.message, problem.remedy)
            }
        }
    }
}

extension CallPolicy {
    /// What is wrong with this way in which `caller` calls `callee`, and what to do about it.
    func problem(
        from caller: ServiceDescription, to callee: ServiceDescription
    ) -> (message: String, remedy: String)? {
        if case .weighted(let weights) = balancing, weights.count != callee.replicas {
            return (
                "\(weights.count) weights for the \(callee.replicas) replicas of `\(callee.name)`",
                "write one weight for each replica"
            )
        }
        if ejection != nil, balancing == nil, callee.balancing == .byKey {
            return (
                "`ejection` would send requests to replicas of `\(callee.name)` that do not have their keys",
                "leave `ejection` out, or write a `balancing` with it if that is meant"
            )
        }
        let records = self.records(from: caller.replicas, to: callee.replicas)
        guard records <= ModelLimits.records else {
            return (
                "the replicas of `\(caller.name)` would keep \(records) records of connections "
                    + "and of replicas of `\(callee.name)`",
                "use fewer replicas, or a smaller pool; the most is \(ModelLimits.records)"
            )
        }
        return nil
    }
}

// MARK: - Zero latency

extension SemanticChecks {
    /// Refuses edges between workers whose latency can be zero.
    ///
    /// The answer comes back over the same edge, so one such edge already is a cycle: a → b → a.
    private func checkLatencies(_ edges: [Network.Edge]) {
        let worker = workers()
        let zero = edges.filter { edge in
            worker[edge.from.index] != worker[edge.to.index]
                && network.latency(edge).hasZeroMinimum
        }
        // One error for each place in the file that gives such a latency.
        var bySource: [(latency: Network.Latency, edges: [Network.Edge])] = []
        var positionOfSource: [Int: Int] = [:]
        for edge in zero {
            let latency = network.latency(edge)
            if let position = positionOfSource[latency.source] {
                bySource[position].edges.append(edge)
            } else {
                positionOfSource[latency.source] = bySource.count
                bySource.append((latency, [edge]))
            }
        }
        for (latency, edges) in bySource {
            let cycle = Self.cycle(in: edges, of: model.services.count)
            let shown = (cycle ?? [edges[0].from, edges[0].to, edges[0].from]).map(name)
            let path =
                shown.count <= 12
                ? shown.joined(separator: " → ")
                : (shown.prefix(6) + ["..."] + shown.suffix(5)).joined(separator: " → ")
            let others = edges.count - max(1, shown.count - 1)
            let more = cycle == nil ? edges.count - 1 : max(0, others)
            let also = more > 0 ? ", and \(more) more edge\(more == 1 ? "" : "s")" : ""
            latency.field.fail(
                "this latency can be 0, which makes the zero-latency cycle \(path)\(also)",
                "give it a minimum, such as `atLeast: 0.1 ms`, or let the services share a worker: "
                    + "`colocate: [[\(Set(shown).sorted().filter { $0 != "..." }.prefix(6).joined(separator: ", "))]]`"
            )
        }
    }

    /// For each service the first of those it shares a worker with.
    private func workers() -> [Int] {
        var worker = Array(model.services.indices)
        for set in model.colocated {
            for service in set { worker[service.index] = set[0].index }
        }
        return worker
    }

    /// A cycle of `edges` through three services or more, or nil.
    private static func cycle(in edges: [Network.Edge], of count: Int) -> [ServiceID]? {
        var successors = [[Int]](repeating: [], count: count)
        for edge in edges { successors[edge.from.index].append(edge.to.index) }
        return CallGraphCycles.cycle(successors)?.map { ServiceID($0) }
    }
}

// MARK: - Endless calls

extension SemanticChecks {
    /// Refuses endpoints that call each other so often that a request never ends.
    private func checkEndlessCalls() {
        let calls = ExpectedCalls(model, cachesAreCold: true)
        var work = ExpectedCalls.workLimit
        for component in calls.graph.components {
            guard let growth = calls.growth(in: component, work: &work), growth >= 1 else {
                continue
            }
            let cycle = calls.graph.cycle(in: component)
            let names = cycle.map { calls.name($0, in: model) }
            let shown =
                names.count <= 12
                ? names.joined(separator: " → ")
                : (names.prefix(6) + ["..."] + names.suffix(5)).joined(separator: " → ")
            let first = calls.service(of: cycle.first ?? component[0])
            let field = services[first.index].value
            let each = growth.isFinite ? (growth * 1_000).rounded() / 1_000 : growth
            field.fail(
                "calls never die out: \(shown) makes \(each.shortText) further calls for each call",
                "make a call in this cycle rarer, with `probability:` or `choose`, or remove it")
        }
    }
}
