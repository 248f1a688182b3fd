package import ControlPlane
package import Kernel
package import Model
package import Wire

/// What a coordinator must know of its workers.
package struct WorkerPlan: Sendable {
    /// The encoded ``Welcome``, made when the worker says hello.
    package var welcome: @Sendable () -> [UInt8]
    /// The services it runs, in the order of its reports.
    package var services: [ServiceID]
    /// Its place in a sweep: callers have lower levels than the services they call.
    package var level: Int

    package init(
        services: [ServiceID], level: Int, welcome: @escaping @Sendable () -> [UInt8]
    ) {
        self.welcome = welcome
        self.services = services
        self.level = level
    }
}

/// How workers are kept in step.
package enum Synchronisation: Hashable, Sendable {
    /// Windows swept along the call graph; `nil` adapts their length.
    case optimistic(window: SimulatedDuration?)
    /// No worker ever runs ahead of what it can still hear of.
    case conservative
}

/// The coordinator without its socket: bytes in, bytes out, deterministic but for the lengths of
/// adaptive windows, which change no result.
package struct CoordinatorMachine: Sendable {
    package enum Phase: Hashable, Sendable {
        case gathering, running
        /// Workers tell the control plane what it may see, and take its orders.
        case observing, ordering
        /// The control plane waits for a policy outside: see ``CoordinatorMachine/question``.
        case asking
        case finishing, finished
    }

    package internal(set) var phase = Phase.gathering
    /// Everything before this is final.
    package var committed: SimulatedInstant { board.committed }
    package private(set) var readyCount = 0
    /// Workers that are executing a grant.
    package var runningCount: Int { board.runningCount }
    package var statistics: EngineStatistics {
        var statistics = board.statistics
        statistics.messages = board.messageCount
        statistics.bytes = byteCount
        return statistics
    }
    package let workers: [WorkerPlan]
    /// Those of one level, which execute at the same time, next to each other.
    package var workersByLevel: [Int] {
        workers.indices.sorted { (workers[$0].level, $0) < (workers[$1].level, $1) }
    }
    /// By worker: whether it has said hello, and whether it is ready.
    private var isGreeted: [Bool]
    private var isReady: [Bool]
    var board: GrantBoard
    private var synchroniser: Synchroniser
    let settings: RunSettings
    var control: ControlPlane?
    /// By service: what the control plane is shown.
    var observations: [ServiceObservation] = []
    /// Workers whose answers the control plane waits for.
    var controlledCount = 0
    /// For the policy outside, while the phase is ``Phase/asking``.
    package internal(set) var question: PolicyQuestion?
    private var reports: [[ProcessReport]]
    private var reportCount = 0
    private var byteCount: UInt64 = 0
    private var outbox: [(worker: Int, message: [UInt8])] = []
    private var events: [EventRecord] = []
    private var samples = SeriesBatch()

    private enum Synchroniser: Sendable {
        case optimistic(SweepSynchroniser)
        case conservative(HorizonSynchroniser)
    }

    package init(
        workers: [WorkerPlan], channels: [ChannelEnds], settings: RunSettings,
        synchronisation: Synchronisation, control: ControlPlane? = nil
    ) {
        self.workers = workers
        self.control = control
        self.settings = settings
        isGreeted = Array(repeating: false, count: workers.count)
        isReady = Array(repeating: false, count: workers.count)
        reports = Array(repeating: [], count: workers.count)
        board = GrantBoard(channels: channels, workers: workers.count, end: settings.end)
        switch synchronisation {
        case .optimistic(let window):
            let lookahead = channels.map(\.lookahead).min() ?? .seconds(1)
            synchroniser = .optimistic(
                SweepSynchroniser(
                    levels: workers.map(\.level), channels: channels,
                    controller: window.map { WindowController(fixed: $0) }
                        ?? WindowController(lookahead: lookahead)))
        case .conservative:
            synchroniser = .conservative(
                HorizonSynchroniser(channels: channels, workers: workers.count))
        }
    }

    /// Takes a message from a worker.
    ///
    /// `wallTime` is a clock that never goes back, in nanoseconds; for adaptive windows only.
    ///
    /// - Throws: ``WireError``; the run cannot go on after that.
    package mutating func receive(
        from worker: Int, _ bytes: UnsafeRawBufferPointer, at wallTime: UInt64
    ) throws(WireError) {
        byteCount += UInt64(bytes.count)
        do throws(any Error) {
            var reader = ByteReader(bytes)
            switch (MessageType(rawValue: try reader.read()), phase) {
            case (.hello, .gathering):
                try greet(worker, try Hello(from: &reader))
            case (.ready, .gathering):
                let next = try SimulatedInstant(from: &reader)
                try reader.finish()
                try noteReady(worker, next: next, at: wallTime)
            case (.reply, .running):
                try acceptReply(from: worker, &reader, at: wallTime)
            case (.controlled, .observing), (.controlled, .ordering):
                try acceptControlled(from: worker, &reader, at: wallTime)
            case (.report, .finishing):
                try acceptReport(from: worker, &reader)
            case (.failure, _):
                throw WireError(try reader.readString())
            default:
                throw WireError("an unexpected message (type \(bytes.first ?? 0))")
            }
        } catch let error as ByteError {
            throw WireError(error, reading: "message")
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError("\(error)")
        }
    }

    /// Whether a worker has given its final report and may go.
    package func hasReported(_ worker: Int) -> Bool { !reports[worker].isEmpty }

    /// The messages to be sent now, in order.
    package mutating func takeOutbox() -> [(worker: Int, message: [UInt8])] {
        defer { outbox.removeAll(keepingCapacity: true) }
        return outbox
    }

    /// Recorded events that have committed since the last call.
    package mutating func takeEvents() -> [EventRecord] {
        defer { events = [] }
        return events
    }

    /// Everything recorded that has committed since the last call.
    package mutating func takeRecords() -> CommittedRecords {
        defer { samples = SeriesBatch() }
        return CommittedRecords(committed: committed, events: takeEvents(), samples: samples)
    }

    /// Takes samples of a worker, whose places in its partition become numbers of services.
    private mutating func acceptSamples(from worker: Int, _ reader: inout ByteReader) throws {
        var batch = try SeriesBatch(from: &reader)
        let services = workers[worker].services
        guard batch.services.allSatisfy({ $0.process < services.count }),
            batch.edges.allSatisfy({ $0.process < services.count })
        else { throw WireError("samples of a service that it does not run") }
        for index in batch.services.indices {
            batch.services[index].process =
                services[Int(batch.services[index].process)].rawValue
        }
        for index in batch.edges.indices {
            batch.edges[index].process = services[Int(batch.edges[index].process)].rawValue
        }
        samples.append(batch)
    }

    /// The results, once the phase is ``Phase/finished``.
    package func outcome() -> RunOutcome {
        var processes = [ProcessReport](
            repeating: ProcessReport(), count: workers.reduce(0) { $0 + $1.services.count })
        for (worker, plan) in workers.enumerated() {
            for (service, report) in zip(plan.services, reports[worker]) {
                processes[service.index] = report
            }
        }
        var statistics = statistics
        statistics.eventsCommitted = processes.reduce(0) { $0 &+ $1.eventCount }
        return RunOutcome(
            end: settings.end, processes: processes, statistics: statistics,
            control: control?.report(at: settings.end))
    }

    mutating func send(_ message: [UInt8], to worker: Int) {
        byteCount += UInt64(message.count)
        outbox.append((worker, message))
    }

    private mutating func greet(_ worker: Int, _ hello: Hello) throws(WireError) {
        if let problem = hello.incompatibility { throw WireError(problem) }
        guard !isGreeted[worker] else { throw WireError("said hello twice") }
        isGreeted[worker] = true
        send(workers[worker].welcome(), to: worker)
    }

    private mutating func noteReady(
        _ worker: Int, next: SimulatedInstant, at wallTime: UInt64
    ) throws(WireError) {
        guard isGreeted[worker] else { throw WireError("was ready before it said hello") }
        guard !isReady[worker] else { throw WireError("said twice that it is ready") }
        isReady[worker] = true
        readyCount += 1
        board.next[worker] = next
        if readyCount == workers.count {
            resume(at: wallTime)
        }
    }

    private mutating func acceptReply(
        from worker: Int, _ reader: inout ByteReader, at wallTime: UInt64
    ) throws {
        let header = try ReplyHeader(from: &reader)
        events += try reader.readRaw(EventRecord.self)
        try acceptSamples(from: worker, &reader)
        switch synchroniser {
        case .optimistic(var sweeps):
            synchroniser = .conservative(HorizonSynchroniser(channels: [], workers: 0))
            try sweeps.accept(header, from: worker, &reader, &board)
            synchroniser = .optimistic(sweeps)
        case .conservative(let horizons):
            try horizons.accept(header, from: worker, &reader, &board)
        }
        try reader.finish()
        advance(at: wallTime)
    }

    /// Gives out whatever grants are due, or ends the run.
    mutating func advance(at wallTime: UInt64) {
        let isDone: Bool
        switch synchroniser {
        case .optimistic(var sweeps):
            synchroniser = .conservative(HorizonSynchroniser(channels: [], workers: 0))
            isDone = sweeps.advance(&board, at: wallTime)
            synchroniser = .optimistic(sweeps)
        case .conservative(let horizons):
            isDone = horizons.advance(&board)
        }
        for grant in board.takeGrants() { send(grant.message, to: grant.worker) }
        guard isDone else { return }
        if board.bound < settings.end {
            observe()
            return
        }
        phase = .finishing
        var writer = ByteWriter()
        writer.write(MessageType.finish.rawValue)
        settings.end.encode(into: &writer)
        for worker in workers.indices { send(writer.bytes, to: worker) }
    }

    private mutating func acceptReport(
        from worker: Int, _ reader: inout ByteReader
    ) throws {
        guard !hasReported(worker) else { throw WireError("reported twice") }
        events += try reader.readRaw(EventRecord.self)
        try acceptSamples(from: worker, &reader)
        reports[worker] = Array(try reader.readAll() as ContiguousArray<ProcessReport>)
        try reader.finish()
        guard reports[worker].count == workers[worker].services.count else {
            throw WireError("reports of \(reports[worker].count) services")
        }
        reportCount += 1
        if reportCount == workers.count { phase = .finished }
    }
}
