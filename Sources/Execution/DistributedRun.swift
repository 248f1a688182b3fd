package import ControlPlane
package import Coordination
import Glibc
package import Kernel
import Model
package import Processes
import Wire
import ZeroMQ

/// How far a run has come, for whoever watches it.
package struct RunObservation: Sendable {
    package var workersReady: Int
    package var workers: Int
    package var committed: SimulatedInstant
    package var eventsExecuted: UInt64
}

/// Where the coordinator's wall time went.
package struct RunTiming: Sendable {
    /// Until all workers were ready.
    package var start = Duration.zero
    /// From then to the last commit.
    package var wall = Duration.zero
    /// Waiting for workers.
    package var waiting = Duration.zero
    /// Sending and receiving.
    package var transport = Duration.zero
    /// Deciding what to send next.
    package var machine = Duration.zero
}

/// A run over worker processes on this machine: starts them, carries messages between them and the
/// coordinator's state machine, and leaves nothing behind.
package final class DistributedRun {
    private var machine: CoordinatorMachine
    private let executable: String
    private let names: [String]
    private let limit: Duration
    private let policy: Policy?
    private let clock = ContinuousClock()
    package private(set) var timing = RunTiming()

    /// Decides for a policy outside; to be called now and then while it thinks is the second argument.
    package typealias Policy = (PolicyQuestion, () throws -> Void) throws -> PolicyAnswer

    /// Prepares a run; nothing is started yet.
    ///
    /// `names` says what people call each worker, `limit` how long one may take to answer, and `policy` decides
    /// if the scaling asks somebody outside.
    package init(
        plan: RunPlan, names: [String], settings: RunSettings, synchronisation: Synchronisation,
        control: ControlPlane? = nil, policy: Policy? = nil, executable: String, limit: Duration
    ) {
        machine = CoordinatorMachine(
            workers: plan.workers, channels: plan.channels, settings: settings,
            synchronisation: synchronisation, control: control)
        self.executable = executable
        self.names = names
        self.limit = limit
        self.policy = policy
    }

    /// Runs to the end.
    ///
    /// - Parameters:
    ///   - signals: where requests to stop arrive.
    ///   - observe: called about five times a second.
    ///   - record: called with what has committed, if it is recorded: worker by worker.
    /// - Returns: the results.
    /// - Throws: ``RunFailure``, and whatever `record` throws.
    package func run(
        signals: SignalLatch?, observe: (RunObservation) -> Void,
        record: (CommittedRecords) throws -> Void
    ) throws -> RunOutcome {
        let shortfalls = ResourceLimits.check(workers: names.count).filter(\.isFatal)
        if !shortfalls.isEmpty { throw RunFailure.limits(shortfalls) }
        RunDirectory.sweepStale()
        let pool: WorkerPool
        do { pool = try WorkerPool(executable: executable) } catch {
            throw RunFailure.process(error)
        }
        defer { pool.cleanUp() }
        do {
            return try serve(pool, signals: signals, observe: observe, record: record)
        } catch let error as ZMQError {
            throw RunFailure.socket(error)
        } catch let error as ProcessError {
            throw RunFailure.process(error)
        }
    }

    private func serve(
        _ pool: WorkerPool, signals: SignalLatch?, observe: (RunObservation) -> Void,
        record: (CommittedRecords) throws -> Void
    ) throws -> RunOutcome {
        keepFreedMemory()
        let context = try Context()
        var options = SocketOptions()
        options.backlog = max(4_096, names.count)
        options.receiveTimeout = Self.sleepLimit
        var router = try Socket(.router, options: options, in: context)
        try router.bind(pool.endpoint)
        let started = clock.now
        var roster = WorkerRoster(names: names, now: started)
        try pool.spawn(0..<names.count)

        var polls = PollSet()
        let routerEntry = polls.add(router)
        let reportEntry = polls.add(descriptor: pool.reportDescriptor)
        let signalEntry = signals.map { polls.add(descriptor: $0.descriptor) }
        // The workers end by themselves.
        defer { if arrangement.mode != .spread { allowedCores?.confine(process: 0) } }
        var lastLook = started
        var readyAt: ContinuousClock.Instant?
        while machine.phase != .finished {
            let beforeWait = clock.now
            let busyBefore = timing.transport + timing.machine
            var hasMessages = try awaitReply(&router, &roster, pool)
            if !hasMessages || clock.now - lastLook > .milliseconds(200) {
                _ = try polls.wait(timeout: hasMessages ? .zero : .milliseconds(200))
                if polls.isReadable(routerEntry), try receiveAll(&router, &roster, pool) {
                    hasMessages = true
                }
                if polls.isReadable(reportEntry) { try checkExits(pool) }
                if let signalEntry, polls.isReadable(signalEntry),
                    let request = signals?.take().first
                {
                    throw RunFailure.interrupted(request)
                }
            }
            let now = clock.now
            timing.waiting += now - beforeWait - (timing.transport + timing.machine - busyBefore)
            if let question = machine.question, let policy {
                try answer(try policy(question) { try checkExits(pool) })
            }
            if hasMessages {
                try sendAll(&router, &roster)
                let records = machine.takeRecords()
                if !records.isEmpty { try record(records) }
                chooseCores(pool, at: now - started)
            }
            if readyAt == nil, machine.phase != .gathering {
                readyAt = now
                timing.start = now - started
                timing.waiting = .zero
                timing.transport = .zero
            }
            if now - lastLook > .milliseconds(200) {
                lastLook = now
                observe(observation)
                try checkSilence(roster, pool, at: now)
            }
        }
        timing.wall = clock.now - (readyAt ?? started)
        observe(observation)
        _ = pool.stopAll(grace: .seconds(2))
        return machine.outcome()
    }

    private var observation: RunObservation {
        RunObservation(
            workersReady: machine.readyCount, workers: names.count, committed: machine.committed,
            eventsExecuted: machine.statistics.eventsExecuted)
    }

    /// Waits for a reply a little while, in the way that costs the least.
    ///
    /// Where processes are spread and fewer workers execute than there are cores, by looking for it:
    /// going to sleep and waking up costs more than a short execution takes. Where they share cores,
    /// by sleeping in the receive itself, which costs a third of the system calls of a poll.
    ///
    /// - Returns: whether anything came.
    private func awaitReply(
        _ router: inout Socket, _ roster: inout WorkerRoster, _ pool: WorkerPool
    ) throws -> Bool {
        guard machine.phase == .running else { return false }
        if arrangement.mode != .spread {
            return try receiveNext(&router, &roster, pool, .blocking)
        }
        guard machine.runningCount < cores else { return false }
        let deadline = clock.now + Self.spinLimit
        repeat {
            if try receiveAll(&router, &roster, pool) { return true }
        } while clock.now < deadline
        return false
    }

    private static let spinLimit = Duration.microseconds(300)
    /// Signals and ends of workers are looked for when nothing has come for so long.
    private static let sleepLimit = Duration.milliseconds(20)
    private let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))

    /// Moves the run's processes to other cores, if that is thought better now.
    private func chooseCores(_ pool: WorkerPool, at now: Duration) {
        guard machine.phase == .running, names.count <= Self.mostArranged, allowedCores != nil,
            let mode = arrangement.note(at: now, executions: machine.statistics.executions)
        else { return }
        if !arrange(pool, mode) { arrangement.giveUp() }
    }

    /// - Returns: whether it could be done.
    private func arrange(_ pool: WorkerPool, _ mode: CoreArrangement.Mode) -> Bool {
        guard let allowedCores else { return false }
        let cores =
            switch mode {
            case .spread: [allowedCores]
            case .gathered: Array(allowedCores.each().prefix(1))
            case .pinned: allowedCores.each()
            }
        guard let own = cores.first, own.confine(process: 0) else { return false }
        for (place, worker) in machine.workersByLevel.enumerated() {
            guard let pid = pool.processID(of: worker) else { continue }
            cores[place % cores.count].confine(process: pid)
        }
        return true
    }

    private var arrangement = CoreArrangement()
    private let allowedCores = CoreSet.allowed().flatMap { $0.count > 1 ? $0 : nil }
    /// Runs with more workers have enough to do side by side, and moving them all takes long.
    private static let mostArranged = 64

    /// Takes every message that has arrived.
    ///
    /// - Returns: whether there was any.
    private func receiveAll(
        _ router: inout Socket, _ roster: inout WorkerRoster, _ pool: WorkerPool
    ) throws -> Bool {
        var hasAny = false
        while try receiveNext(&router, &roster, pool, .nonblocking) { hasAny = true }
        return hasAny
    }

    /// Takes the next message.
    ///
    /// - Returns: whether there was one, or came one in time.
    private func receiveNext(
        _ router: inout Socket, _ roster: inout WorkerRoster, _ pool: WorkerPool,
        _ mode: Socket.Mode
    ) throws -> Bool {
        guard try router.receive(into: &identity, mode) else { return false }
        let arrival = clock.now
        guard identity.hasMore, try router.receive(into: &payload, .nonblocking),
            let worker = identity.withBytes({ roster.worker(of: $0) })
        else { return true }
        roster.noteMessage(from: worker, identity: identity.bytes())
        let beforeMachine = clock.now
        timing.transport += beforeMachine - arrival
        defer { timing.machine += clock.now - beforeMachine }
        do throws(WireError) {
            try payload.withBytes { (bytes) throws(WireError) in
                try machine.receive(
                    from: worker, bytes, at: UInt64((arrival - epoch) / .nanoseconds(1)))
            }
        } catch {
            throw RunFailure.worker(
                name: names[worker], problem: error.description,
                lines: pool.lastLines(of: worker, count: 5))
        }
        return true
    }

    private var identity = Message()
    private var payload = Message()

    private let epoch = ContinuousClock().now

    /// Goes on with what the policy outside has decided.
    private func answer(_ answer: PolicyAnswer) throws {
        try machine.answer(answer, at: UInt64((clock.now - epoch) / .nanoseconds(1)))
    }

    private func sendAll(_ router: inout Socket, _ roster: inout WorkerRoster) throws {
        let before = clock.now
        for (worker, message) in machine.takeOutbox() {
            // A worker that has just died cannot be reached; its exit is reported by the pool.
            do throws(ZMQError) {
                try router.send(roster.identities[worker], more: true)
                try router.send(message)
            } catch {
                if !error.isUnreachable { throw error }
            }
            roster.noteSent(to: worker, at: before)
        }
        timing.transport += clock.now - before
    }

    private func checkExits(_ pool: WorkerPool) throws {
        for event in pool.drainReports() {
            switch event {
            case .spawned: break
            case .spawnFailed(let index, let code):
                throw RunFailure.workerNotStarted(name: names[index], code: code)
            case .exited(let index, let status):
                // Its report may have been sent and not yet read; if it was not, silence will tell.
                if machine.hasReported(index) || (status.isSuccess && machine.phase == .finishing) {
                    continue
                }
                throw RunFailure.workerDied(
                    name: names[index], status: status,
                    lines: pool.lastLines(of: index, count: 5))
            case .zygoteDied(let status):
                throw RunFailure.zygoteDied(status)
            }
        }
    }

    private func checkSilence(
        _ roster: WorkerRoster, _ pool: WorkerPool, at now: ContinuousClock.Instant
    ) throws {
        guard let worker = roster.silent(at: now, limit: limit) else { return }
        throw RunFailure.workerSilent(
            name: names[worker], seconds: limit / .seconds(1),
            lines: pool.lastLines(of: worker, count: 5))
    }
}
