package import Kernel

// What a service knows of the model around it, as bytes: three bytes where nothing is special.

extension ServiceContext: BinaryCodable {
    package static var leastEncodedSize: Int { 3 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt16(clamping: tier))
        var rest = self
        rest.tier = 1
        writer.write(rest != Self())
        if rest != Self() { Rest(context: rest).encode(into: &writer) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        self.init()
        let tier = try reader.read(in: 1...UInt16.max)
        if try reader.readBool() {
            self = try Rest(from: &reader).context
            // What is special nowhere has one form only.
            guard self != Self() else { throw reader.unknown("context") }
        }
        self.tier = Int(tier)
    }

    /// Everything but the tier.
    private struct Rest: FieldCoded {
        var context: ServiceContext

        static var blank: Self { Self(context: ServiceContext()) }

        mutating func code(with coder: inout FieldCoder) throws(ByteError) {
            try coder.field(&context.zones, in: 1...ModelLimits.zones)
            try coder.field(&context.keyspaces) { $0.count <= ModelLimits.keyspaces }
            try coder.field(&context.priorities) { priorities in
                zip(priorities, priorities.dropFirst()).allSatisfy { $0.isBefore($1) }
            }
            try coder.field(&context.faults) { $0.count <= ModelLimits.faults }
        }
    }
}

extension StreamPriority: FieldCoded {
    static var blank: Self { Self(service: ServiceID(0), stream: 0, priority: 1) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&service) { $0.index < RequestIdentity.maximumServices }
        try coder.field(&stream, in: 0...RequestIdentity.maximumStreams - 1)
        try coder.field(&priority, in: 1...ModelLimits.lowestPriority)
    }

    fileprivate func isBefore(_ other: Self) -> Bool {
        (service, stream) < (other.service, other.stream)
    }
}

extension ServiceConfiguration {
    /// What names something that there is not around the service; `nil` if nothing does.
    var danglingName: String? {
        let targets = outgoing.map(\.target)
        let count = context.keyspaces.count
        guard description.keyspaces.allSatisfy({ $0 < count }),
            outgoing.allSatisfy({ $0.keyspaces.allSatisfy { $0.map { $0 < count } ?? true } })
        else { return "keyspace" }
        guard
            description.balancing != .byKey
                || description.endpoints.allSatisfy({ $0.keyspace != nil })
        else { return "endpoint without a key" }
        guard description.policies.allSatisfy({ suits($0.value, $0.key) }) else { return "policy" }
        for fault in context.faults {
            guard fault.suits(description, peers: peers, targets: targets) else { return "fault" }
            if case .policy(let target, let policy, _) = fault.effect, !suits(policy, target) {
                return "policy of a fault"
            }
        }
        return nil
    }

    /// Whether `target` is called, and is of a size that this policy can cope with.
    private func suits(_ policy: CallPolicy, _ target: ServiceID) -> Bool {
        guard let edge = outgoing.first(where: { $0.target == target }) else { return false }
        if case .weighted(let weights) = policy.balancing, weights.count != edge.replicas {
            return false
        }
        return policy.records(from: description.replicas, to: edge.replicas)
            <= ModelLimits.records
    }
}

extension CallPolicy {
    /// Records that `callers` replicas keep about their connections, or about `callees` replicas,
    /// whichever are more. Neither is above a million.
    package func records(from callers: Int, to callees: Int) -> Int {
        let needsViews = choice != nil
        return max(pool.map { callers * $0.size } ?? 0, needsViews ? callers * callees : 0)
    }
}

extension ServiceDescription {
    /// Every keyspace that something in the service names.
    fileprivate var keyspaces: [Int] {
        endpoints.compactMap(\.keyspace) + caches.map(\.keyspace) + locks.map(\.keyspace)
            + [replication?.keyspace].compactMap { $0 }
    }
}
