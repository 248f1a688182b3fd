package import Kernel

/// What running a process produced besides its new state, in the order of its events.
///
/// It is kept apart from the state so that a snapshot need not copy it: returning to a snapshot means
/// truncating these lists to the lengths they had then (``Mark``). Only when a window commits do the
/// lists turn into results.
package struct Effects: Sendable {
    /// Messages sent, not yet handed to their channels.
    package var outgoing = TrivialArray<Outgoing>()
    package var latencies = TrivialArray<LatencySample>()
    /// The digest of a process as it stood at each checkpoint it passed.
    package var checkpoints = TrivialArray<DigestCheckpoint>()
    package var events = TrivialArray<EventRecord>()
    package var serviceSamples = TrivialArray<ServiceSample>()
    package var edgeSamples = TrivialArray<EdgeSample>()
    package var marks = TrivialArray<TraceMark>()
    package var tails = TrivialArray<TailSample>()
    /// Whether `events` is filled.
    package var recordsEvents: Bool
    /// Position of the running process among those of its partition; samples are marked with it.
    package var process: UInt32 = 0

    /// What `marks` and `tails` are filled with.
    package var tracing: Tracing

    /// Whether calls whose answers are missing go on waiting when their time is over.
    ///
    /// For executions that do not know all their messages yet: most answers that are missing will
    /// come in time, and what follows from a time-out that does not happen is work for nothing. Such
    /// an execution is a guess from ``assumedFrom`` on.
    package var assumesAnswers = false
    /// The first time-out that was overlooked, or never.
    package var assumedFrom = SimulatedInstant.never

    package init(recordsEvents: Bool = false, traces: TraceSettings = TraceSettings()) {
        self.recordsEvents = recordsEvents
        tracing = Tracing(settings: traces)
    }

    package struct Tracing: Sendable {
        package let settings: TraceSettings
        /// Whether anything is traced or kept: what is looked at before anything else.
        package let isOn: Bool

        package init(settings: TraceSettings) {
            self.settings = settings
            isOn = settings.isOn
        }

        /// The last request that was asked about, and whether it is traced: an event makes several marks.
        private var lastRequest: UInt64?
        private var lastIsTraced = false

        /// As ``TraceSettings/traces(_:seed:)``, for one seed.
        package mutating func traces(_ request: UInt64, seed: UInt64) -> Bool {
            if lastRequest != request {
                lastIsTraced = settings.traces(request, seed: seed)
                lastRequest = request
            }
            return lastIsTraced
        }
    }

    /// Lengths of the lists at one moment. `outgoing` is empty then.
    package struct Mark: Sendable {
        package var latencies = 0
        package var checkpoints = 0
        package var events = 0
        package var serviceSamples = 0
        package var edgeSamples = 0
        package var marks = 0
        package var tails = 0
        package init() {}
    }

    package var mark: Mark {
        var mark = Mark()
        mark.latencies = latencies.count
        mark.checkpoints = checkpoints.count
        mark.events = events.count
        mark.serviceSamples = serviceSamples.count
        mark.edgeSamples = edgeSamples.count
        mark.marks = marks.count
        mark.tails = tails.count
        return mark
    }

    package mutating func truncate(to mark: Mark) {
        latencies.truncate(to: mark.latencies)
        checkpoints.truncate(to: mark.checkpoints)
        events.truncate(to: mark.events)
        serviceSamples.truncate(to: mark.serviceSamples)
        edgeSamples.truncate(to: mark.edgeSamples)
        marks.truncate(to: mark.marks)
        tails.truncate(to: mark.tails)
    }

    package mutating func prepareForChanges() {
        outgoing.prepareForChanges()
        latencies.prepareForChanges()
        checkpoints.prepareForChanges()
        events.prepareForChanges()
        serviceSamples.prepareForChanges()
        edgeSamples.prepareForChanges()
        marks.prepareForChanges()
        tails.prepareForChanges()
    }

    package mutating func removeAll() {
        latencies.removeAll()
        checkpoints.removeAll()
        events.removeAll()
        serviceSamples.removeAll()
        edgeSamples.removeAll()
        marks.removeAll()
        tails.removeAll()
    }
}

/// One measured latency of a successful request.
@frozen
package struct LatencySample: BitwiseCopyable, Sendable, Hashable {
    /// Position of the process among those of its partition.
    package var process: UInt32
    /// Which latency of the process: see ``ServiceProgram/seriesCount``.
    package var series: UInt32
    package var latency: SimulatedDuration

    @inlinable
    package init(process: UInt32, series: UInt32, latency: SimulatedDuration) {
        self.process = process
        self.series = series
        self.latency = latency
    }
}

/// The digest of one process over all its events before a checkpoint.
@frozen
package struct DigestCheckpoint: BitwiseCopyable, Sendable, Hashable {
    package var process: UInt32
    /// The checkpoint's number: it lies at `number * interval`.
    package var number: UInt32
    package var digest: UInt64

    @inlinable
    package init(process: UInt32, number: UInt32, digest: UInt64) {
        self.process = process
        self.number = number
        self.digest = digest
    }
}

/// What happened, for digests and event records. The numbers are part of the digest: never reuse one.
package enum EventKind: UInt8, Sendable, CaseIterable {
    case arrival = 1
    case computeFinished = 2
    case requestDelivered = 3
    case responseDelivered = 4
    case timeout = 5
    case phold = 6
    /// A fault begins or ends.
    case fault = 7
    /// Something in the life of a replica.
    case lifeCycle = 8
    /// A request has waited too long for a thread.
    case waitExpired = 9
    case cancellationDelivered = 10
    case readinessDelivered = 11
    /// The cores of a replica change their pace.
    case pacing = 12
    /// A caller's wait is over that is not for an answer: a back-off, a hedge's delay, a pool's limit.
    case callerAlarm = 13
    /// A write reaches a read replica.
    case replication = 14
    /// The control plane creates, binds, stops or removes a replica.
    case order = 15
}

/// One executed event: the unit of the digest, and what `topple diff` compares.
@frozen
package struct EventRecord: BitwiseCopyable, Sendable, Hashable {
    package var instant: SimulatedInstant
    package var call: UInt64
    package var request: UInt64
    package var service: UInt32
    package var kind: UInt8
    package var detail: UInt8
    package var peer: UInt16

    @inlinable
    package init(
        instant: SimulatedInstant, call: UInt64, request: UInt64, service: UInt32, kind: EventKind,
        detail: UInt8
    ) {
        self.instant = instant
        self.call = call
        self.request = request
        self.service = service
        self.kind = kind.rawValue
        self.detail = detail
        self.peer = 0
    }
}
