import Glibc

/// Something that happened to a worker or to the process that forks them.
package enum WorkerEvent: Equatable, Sendable {
    /// A worker runs; `incarnation` counts from 1 how often its index was started.
    case spawned(index: Int, incarnation: Int, pid: Int32)
    /// A worker could not be started; the code is an error number, `ECANCELED` when the pool was stopped.
    case spawnFailed(index: Int, code: Int32)
    /// A worker ended.
    case exited(index: Int, ExitStatus)
    /// The forking process ended and took every worker with it. Comes once, as the last event.
    case zygoteDied(ExitStatus)
}

/// The worker processes of a run on this machine, their private directory and their logs.
///
/// One thread owns a pool. The workers never outlive it: when this process ends, however it ends, the zygote
/// kills them and removes the directory; when the zygote is killed, the kernel kills them.
package final class WorkerPool {
    /// The private run directory.
    package let directory: String
    /// Where the coordinator should bind its router for these workers.
    package let endpoint: String
    /// Readable when ``drainReports()`` has news.
    package let reportDescriptor: Int32

    private var runDirectory: RunDirectory?
    private let requestDescriptor: Int32
    private let zygote: ZygoteProcess
    private var lines = LineBuffer()
    private var waiting: [WorkerEvent] = []
    private var workers: [Int: WorkerState] = [:]
    private var condition = Condition.running

    private enum WorkerState { case requested, running(pid: Int32) }
    private enum Condition { case running, zygoteDied, cleanedUp }

    /// Makes the run directory and starts the zygote in it.
    ///
    /// - Parameters:
    ///   - executable: the path of `topple-worker`.
    ///   - arguments: what to pass it besides `--zygote DIR`.
    ///   - base: where to make the directory; nil means the usual place.
    ///   - startLimit: how long the zygote may take to come up.
    /// - Throws: ``ProcessError``, with what the zygote wrote when it did not come up.
    package init(
        executable: String, arguments: [String] = [], in base: String? = nil,
        startLimit: Duration = .seconds(10)
    ) throws(ProcessError) {
        let runDirectory = try RunDirectory(in: base)
        let path = runDirectory.path
        let process = try ZygoteProcess(
            executable: executable, arguments: ["--zygote", path] + arguments,
            errorLog: path + "/zygote.log")
        directory = path
        endpoint = "ipc://" + runDirectory.socketPath
        zygote = process
        reportDescriptor = process.reports
        requestDescriptor = process.requests
        self.runDirectory = consume runDirectory
        try awaitReady(executable, until: .after(startLimit))
    }

    deinit { cleanUp() }

    private func awaitReady(
        _ executable: String, until deadline: MonotonicInstant
    ) throws(ProcessError) {
        var reason = "no word from it in time"
        while wait(for: POLLIN, on: reportDescriptor, until: deadline) {
            let outcome = lines.fill(from: reportDescriptor)
            if let line = lines.takeLines().first {
                if ZygoteReport(line: line) == .ready(version: zygoteProtocolVersion) { return }
                reason = "it is of another build (it answered \"\(line)\")"
                break
            }
            if outcome == .endOfStream {
                reason = "it \(zygote.reap(until: .after(.seconds(1))))"
                break
            }
        }
        let output = tailLines(ofFile: directory + "/zygote.log", count: 5)
        cleanUp()
        throw .zygoteFailed(executable: executable, reason: reason, lastLines: output)
    }

    /// The number of workers asked for that have not ended.
    package var liveCount: Int { workers.count }

    /// The process id of a running worker. It may have ended since, so use ``kill(_:signal:)`` on it.
    package func processID(of index: Int) -> Int32? {
        guard case .running(let pid) = workers[index] else { return nil }
        return pid
    }

    /// Asks for workers `indices`; each is reported when it runs.
    ///
    /// An index may be started again once its end was reported.
    ///
    /// - Parameters:
    ///   - indices: the workers' numbers.
    ///   - endpoint: where they connect; nil means the pool's own ``endpoint``.
    /// - Throws: ``ProcessError/zygoteGone``.
    package func spawn(_ indices: Range<Int>, endpoint: String? = nil) throws(ProcessError) {
        precondition(indices.allSatisfy { workers[$0] == nil }, "a worker index is in use")
        let endpoint = endpoint ?? self.endpoint
        precondition(!endpoint.contains { $0.isNewline }, "an endpoint is one line")
        try request(.spawn(first: indices.lowerBound, count: indices.count, endpoint: endpoint))
        for index in indices { workers[index] = .requested }
    }

    /// Sends a signal to a worker; does nothing when it has ended.
    package func kill(_ index: Int, signal: Int32 = SIGKILL) throws(ProcessError) {
        try request(.kill(index: index, signal: signal))
    }

    /// What has happened since the last call, oldest first. Never waits.
    package func drainReports() -> [WorkerEvent] {
        while condition == .running {
            switch lines.fill(from: reportDescriptor) {
            case .bytes: lines.takeLines().forEach { note($0) }
            case .nothingYet: return takeWaiting()
            case .endOfStream: noteDeath()
            }
        }
        return takeWaiting()
    }

    private func takeWaiting() -> [WorkerEvent] {
        defer { waiting = [] }
        return waiting
    }

    private func note(_ line: Substring) {
        switch ZygoteReport(line: line) {
        case .spawned(let index, let incarnation, let pid):
            workers[index] = .running(pid: pid)
            waiting.append(.spawned(index: index, incarnation: incarnation, pid: pid))
        case .spawnFailed(let index, let code):
            workers[index] = nil
            waiting.append(.spawnFailed(index: index, code: code))
        case .exited(let index, _, let status):
            workers[index] = nil
            waiting.append(.exited(index: index, status))
        case .ready, nil:
            // A broken line means a broken zygote: the end of its reports follows.
            zygote.killGroup()
        }
    }

    private func noteDeath() {
        condition = .zygoteDied
        workers = [:]
        waiting.append(.zygoteDied(zygote.reap(until: .after(.seconds(1)))))
    }

    /// Writes a request, taking in reports while it is full so that neither side waits for the other.
    private func request(_ request: ZygoteRequest) throws(ProcessError) {
        guard condition == .running else { throw .zygoteGone }
        var rest = Array(request.line.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { bytes in
                retryingInterrupts {
                    send(
                        requestDescriptor, bytes.baseAddress, bytes.count,
                        Int32(MSG_NOSIGNAL))
                }
            }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                let news = drainReports()
                waiting = news + waiting
                guard condition == .running else { throw .zygoteGone }
                _ = wait(for: POLLOUT, on: requestDescriptor, until: .after(.milliseconds(10)))
            } else {
                throw .zygoteGone
            }
        }
    }

    /// Waits until every worker has ended, and kills those that have not within `grace`.
    ///
    /// Tell the workers to stop first, over their sockets; with no grace they are killed at once.
    ///
    /// - Returns: What happened meanwhile, as ``drainReports()``.
    package func stopAll(grace: Duration = .zero) -> [WorkerEvent] {
        var events = awaitEnds(until: .after(grace))
        if !workers.isEmpty {
            // When the zygote is gone, so are the workers, and its end is among the events.
            try? request(.killAll(signal: SIGKILL))
            events += awaitEnds(until: .after(.seconds(10)))
        }
        return events
    }

    private func awaitEnds(until deadline: MonotonicInstant) -> [WorkerEvent] {
        var events = drainReports()
        while condition == .running, !workers.isEmpty,
            wait(for: POLLIN, on: reportDescriptor, until: deadline)
        {
            events += drainReports()
        }
        return events
    }

    /// The last lines that a worker of this index wrote, oldest first, fit for a terminal.
    ///
    /// Reads at most 64 KiB. Empty after ``cleanUp()``.
    package func lastLines(of index: Int, count: Int) -> [String] {
        tailLines(ofFile: workerLogPath(in: directory, index: index), count: count)
    }

    /// Kills what still runs, waits for the zygote and removes the directory; later calls do nothing.
    package func cleanUp() {
        guard condition != .cleanedUp else { return }
        close(requestDescriptor)
        let deadline = MonotonicInstant.after(.seconds(10))
        var isOpen = condition == .running
        while isOpen, wait(for: POLLIN, on: reportDescriptor, until: deadline) {
            isOpen = lines.fill(from: reportDescriptor) != .endOfStream
            _ = lines.takeLines()
        }
        close(reportDescriptor)
        _ = zygote.reap(until: .after(.seconds(isOpen ? 0 : 1)))
        condition = .cleanedUp
        workers = [:]
        runDirectory = nil
    }
}
