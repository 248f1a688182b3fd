package import Kernel

/// What a metrics pipeline can read off a service at an instant: sums since the start of the run, and
/// its pods as they are.
///
/// Everything is exact and of the committed past; averaging, delay and loss are the control plane's.
package struct ServiceObservation: Hashable, Sendable {
    /// Requests that have arrived, those answered with success, and those answered otherwise.
    package var arrived: UInt64 = 0
    package var succeeded: UInt64 = 0
    package var failed: UInt64 = 0
    /// Requests in the service, and those of them that wait for a thread.
    package var inSystem: UInt64 = 0
    package var waiting: UInt64 = 0
    /// ∫ requests in the service dt, in nanoseconds.
    package var inSystemArea: UInt64 = 0
    /// Core time used, and the sum of the times in system of all requests that have left, in
    /// nanoseconds.
    package var coreTime: UInt64 = 0
    package var sojournSum: UInt64 = 0
    /// By outgoing edge: attempts sent. Then by stream of users: calls made.
    package var edgeRequests: [UInt64] = []
    /// As ``edgeRequests``: calls that ended badly for their caller.
    package var edgeFailures: [UInt64] = []
    /// By bucket of ``LatencyBuckets``: successful requests; empty if nobody asks for it.
    package var latencyBuckets: [UInt64] = []
    /// Pods that exist, ascending; empty for a service whose replicas do not come and go.
    package var replicas: [ReplicaObservation] = []

    package init() {}
}

/// The buckets of the latency histogram that metrics pipelines read: Prometheus' default bounds.
package enum LatencyBuckets {
    /// Upper bounds, inclusive, ascending; one more bucket holds what is above the last.
    package static let bounds: [SimulatedDuration] = [
        5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
    ].map { .milliseconds($0) }
}

/// One pod of a service.
package struct ReplicaObservation: BitwiseCopyable, Hashable, Sendable {
    package var replica: UInt16
    package var phase: ReplicaLife.Phase
    package var isReady: Bool
    /// Whether it waits for an order to bind it to a node.
    package var isUnbound: Bool
    package var incarnation: UInt32
    /// Requests in it, and those of them that wait for a thread.
    package var requests: UInt32
    package var waiting: UInt32
    /// Sums since the start of the run over all pods that had this number: requests taken, and core
    /// time used in nanoseconds.
    package var taken: UInt64
    package var coreTime: UInt64
    /// Bytes in use; 0 if the service says nothing of memory.
    package var memory: Double
    package var history: ReplicaHistory
}

/// When a pod passed the stages of its life; ``SimulatedInstant/never`` for what is yet to come.
package struct ReplicaHistory: BitwiseCopyable, Hashable, Sendable {
    /// The pod was created.
    package var created = SimulatedInstant.start
    /// It was given a node: Kubernetes' `status.startTime`.
    package var bound = SimulatedInstant.start
    /// Its present container was started.
    package var containerStarted = SimulatedInstant.start
    /// It became ready, or ceased to be.
    package var readinessChanged = SimulatedInstant.start
}

extension ServiceObservation: BinaryCodable {
    package static var leastEncodedSize: Int { 80 }

    package func encode(into writer: inout ByteWriter) {
        for word in [
            arrived, succeeded, failed, inSystem, waiting, inSystemArea, coreTime, sojournSum,
        ] {
            writer.write(word)
        }
        writer.writeRaw(edgeRequests)
        writer.writeRaw(edgeFailures)
        writer.writeRaw(latencyBuckets)
        writer.writeAll(replicas)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        arrived = try reader.read()
        succeeded = try reader.read()
        failed = try reader.read()
        inSystem = try reader.read()
        waiting = try reader.read()
        inSystemArea = try reader.read()
        coreTime = try reader.read()
        sojournSum = try reader.read()
        edgeRequests = Array(try reader.readRaw(UInt64.self))
        edgeFailures = Array(try reader.readRaw(UInt64.self))
        latencyBuckets = Array(try reader.readRaw(UInt64.self))
        replicas = Array(try reader.readAll() as ContiguousArray<ReplicaObservation>)
    }
}

extension ReplicaObservation {
    /// A pod that has been as it is since the start of the run, and has done nothing.
    package init(_ replica: Int, phase: ReplicaLife.Phase, isReady: Bool) {
        self.init(
            replica: UInt16(clamping: replica), phase: phase, isReady: isReady, isUnbound: false,
            incarnation: 0, requests: 0, waiting: 0, taken: 0, coreTime: 0, memory: 0,
            history: ReplicaHistory())
    }
}

extension ReplicaObservation: BinaryCodable {
    package static var leastEncodedSize: Int { 73 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(replica)
        writer.write(phase.rawValue)
        writer.write(isReady)
        writer.write(isUnbound)
        writer.write(incarnation)
        writer.write(requests)
        writer.write(waiting)
        writer.write(taken)
        writer.write(coreTime)
        writer.write(memory)
        history.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        replica = try reader.read()
        guard let phase = ReplicaLife.Phase(rawValue: try reader.read()) else {
            throw ByteError(.invalid("phase of a replica"), offset: reader.offset)
        }
        self.phase = phase
        isReady = try reader.readBool()
        isUnbound = try reader.readBool()
        incarnation = try reader.read()
        requests = try reader.read()
        waiting = try reader.read()
        taken = try reader.read()
        coreTime = try reader.read()
        memory = try reader.readDouble()
        history = try ReplicaHistory(from: &reader)
    }
}

extension ReplicaHistory: BinaryCodable {
    package static var leastEncodedSize: Int { 32 }

    package func encode(into writer: inout ByteWriter) {
        created.encode(into: &writer)
        bound.encode(into: &writer)
        containerStarted.encode(into: &writer)
        readinessChanged.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        created = try SimulatedInstant(from: &reader)
        bound = try SimulatedInstant(from: &reader)
        containerStarted = try SimulatedInstant(from: &reader)
        readinessChanged = try SimulatedInstant(from: &reader)
    }
}
