package import Kernel

/// What the control plane wants of one replica of a service.
package struct ReplicaOrder: BitwiseCopyable, Hashable, Sendable {
    package enum Kind: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
        /// A pod is created and has a node: it is scheduled, pulls its image, starts.
        case create
        /// A pod is created and waits for ``bind``.
        case createUnbound
        /// A pod that waits for a node has one.
        case bind
        /// The pod drains within its grace period and is gone.
        case stop
        /// The pod is gone at once: its node was taken away.
        case remove
        /// The pod's CPU limit is another from now on; what it runs goes on. Nothing changes for a service
        /// without a limit.
        case resize
    }

    /// Of ``Kind/resize``: the new CPU limit in thousandths of a core, > 0; else zero.
    package var cpuLimit: UInt32 = 0
    package var replica: UInt16
    package var kind: Kind
    /// Of a pod that is created as a job: the requests that it takes before it ends; otherwise 0.
    package var fill: UInt16

    package init(_ kind: Kind, _ replica: Int, fill: Int = 0) {
        self.kind = kind
        self.replica = UInt16(clamping: replica)
        self.fill = UInt16(clamping: fill)
    }

    /// Gives a replica another CPU limit, in thousandths of a core; cut to 1 at least.
    package static func resize(_ replica: Int, cpuLimit: Int64) -> Self {
        var order = Self(.resize, replica)
        order.cpuLimit = UInt32(clamping: max(1, cpuLimit))
        return order
    }
}

extension ReplicaOrder: BinaryCodable {
    package static var leastEncodedSize: Int { 5 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        writer.write(replica)
        writer.write(fill)
        if kind == .resize { writer.write(cpuLimit) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        guard let kind = Kind(rawValue: try reader.read()) else {
            throw ByteError(.invalid("order"), offset: reader.offset)
        }
        self.kind = kind
        replica = try reader.read()
        fill = try reader.read()
        guard kind == .resize else { return }
        cpuLimit = try reader.read()
        guard cpuLimit > 0 else {
            throw ByteError(.invalid("CPU limit"), offset: reader.offset)
        }
    }
}

/// An order that a service carries out when its instant has come; at one instant in the order in
/// which they were given.
struct PendingOrder: ScheduledEvent {
    var instant: SimulatedInstant
    var number: UInt64
    var order: ReplicaOrder

    func precedes(_ other: Self) -> Bool {
        if instant != other.instant { return instant < other.instant }
        return number < other.number
    }
}

/// How many replicas there are, ready or not, and for how long there have been: what is paid for.
struct ReplicaPresence: BitwiseCopyable, Sendable {
    private(set) var count: Int
    private var area: UInt64 = 0
    private var until = SimulatedInstant.start

    init(count: Int) { self.count = count }

    mutating func change(by change: Int, at now: SimulatedInstant) {
        area = replicaTime(at: now)
        until = now
        count += change
    }

    /// ∫ replicas dt since the start, in nanoseconds, modulo 2⁶⁴.
    func replicaTime(at now: SimulatedInstant) -> UInt64 {
        area &+ UInt64(truncatingIfNeeded: count) &* (now - until).unsigned
    }
}
