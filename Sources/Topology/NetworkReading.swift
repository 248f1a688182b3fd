import Kernel
import Model

/// The latencies of calls from one service to another, and where in the file each was given.
struct Network {
    struct Edge: Hashable {
        var from: ServiceID
        var to: ServiceID
    }

    /// A pair of latencies, one each way.
    struct Latency {
        var request: Distribution
        var response: Distribution
        /// What to point at when the latency is not allowed.
        var field: Field
        /// 0 for the default, otherwise the position in `edges` from 1.
        var source: Int

        var hasZeroMinimum: Bool {
            request.smallest <= .zero || response.smallest <= .zero
        }
    }

    let fallback: Latency
    /// In the order of the file.
    let edges: [(edge: Edge, latency: Latency)]
    private let indexOfEdge: [Edge: Int]

    func latency(_ edge: Edge) -> Latency {
        indexOfEdge[edge].map { edges[$0].latency } ?? fallback
    }

    /// Reads `network`, which may be absent; what is wrong is logged and replaced by the default.
    init(_ field: Field?, root: Field, directory: ServiceDirectory, times: DistributionReading) {
        let empty = YAMLNode(line: root.node.line, column: root.node.column, content: .mapping([]))
        let given = field ?? Field(node: empty, path: .key(root.path, "network"), log: root.log)
        let reader = ObjectReader(.network, given)
        let latencyField = reader?.valueOrDefault("latency")
        let standard = latencyField.flatMap(times.distribution)
        // What could not be read was logged; any positive latency lets the other checks go on.
        let assumed = standard ?? Distribution(.deterministic(value: 0.0005))
        fallback = Latency(
            request: assumed, response: assumed, field: latencyField ?? given, source: 0)

        var edges: [(edge: Edge, latency: Latency)] = []
        var index: [Edge: Int] = [:]
        let items =
            reader?.items("edges", "a list such as `[{ from: a, to: b, latency: 1 ms }]`") ?? []
        for item in items {
            guard let entry = Self.edge(item, directory, times, source: edges.count + 1) else {
                continue
            }
            if index.updateValue(edges.count, forKey: entry.edge) != nil {
                item.fail(
                    "the latency of this edge is given twice", "keep one of the two entries")
            }
            edges.append(entry)
        }
        self.edges = edges
        self.indexOfEdge = index
    }

    private static func edge(
        _ field: Field, _ directory: ServiceDirectory, _ times: DistributionReading, source: Int
    ) -> (edge: Edge, latency: Latency)? {
        guard let reader = ObjectReader(.edge, field) else { return nil }
        let from = reader["from"].flatMap(directory.service)
        let to = reader["to"].flatMap(directory.service)
        let latencyField = reader["latency"]
        let request = latencyField.flatMap(times.distribution)
        var response = request
        if let own = reader["responseLatency"] { response = times.distribution(own) }
        guard let from, let to, let latencyField, let request, let response else { return nil }
        return (
            Edge(from: from, to: to),
            Latency(request: request, response: response, field: latencyField, source: source)
        )
    }
}
