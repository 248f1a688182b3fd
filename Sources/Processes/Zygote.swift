internal import CLinux
import Glibc

/// What a forked worker is told.
package struct WorkerAssignment: Sendable {
    /// The worker's number in its run.
    package let index: Int
    /// How often this index was started, from 1: a restarted worker must not pass for its predecessor.
    package let incarnation: Int
    /// Where the coordinator listens.
    package let endpoint: String

    package init(index: Int, incarnation: Int, endpoint: String) {
        self.index = index
        self.incarnation = incarnation
        self.endpoint = endpoint
    }
}

/// Forks workers on request until standard input ends, then kills them and removes `directory`.
///
/// A forked worker shares the loaded libraries and the warm heap with its siblings, which makes it several
/// times smaller and faster to start than an executed one. That is safe only while this process has a single
/// thread, so `warmUp` must end every thread it starts, and no ZeroMQ context may live across a fork.
///
/// - Parameters:
///   - directory: the run directory; each worker writes to `worker-INDEX.log` in it.
///   - warmUp: uses once what every worker will use, so that they inherit it resolved and initialised.
///   - childMain: the worker; its result is the exit status.
/// - Returns: The zygote's exit status. Also returns in no worker: those end inside.
package func runZygote(
    directory: String, warmUp: () -> Void, childMain: (WorkerAssignment) -> Int32
) -> Int32 {
    // The terminal's Ctrl-C is the coordinator's to judge, and a lost coordinator is seen as end of input.
    signal(SIGINT, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    close_range(3, UInt32.max, 0)
    warmUp()
    guard var zygote = Zygote(directory: directory) else {
        let error = ProcessError.last("watch for ended workers")
        writeError("topple-worker: \(error)")
        return 1
    }
    zygote.serve(childMain)
    zygote.killAndReapAll()
    RunDirectory.remove(directory)
    return 0
}

/// The state of the forking process: single-threaded, and nothing in it outlives a fork but plain values.
private struct Zygote {
    private let directory: String
    private let childSignals: Int32
    private let ownPID = getpid()
    private var requests = LineBuffer()
    private var reports = ""
    private var queue: [(indices: Range<Int>, endpoint: String)] = []
    private var indexOfPID: [pid_t: Int] = [:]
    private var pidOfIndex: [Int: pid_t] = [:]
    private var incarnations: [Int: Int] = [:]

    /// Forks between two looks at the pipes, so that a kill or a death does not wait for a thousand forks.
    private static let forksPerTurn = 32

    init?(directory: String) {
        self.directory = directory
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGCHLD)
        sigprocmask(SIG_BLOCK, &mask, nil)
        childSignals = signalfd(-1, &mask, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        guard childSignals >= 0 else { return nil }
    }

    /// Serves requests until the coordinator closes its end or dies.
    mutating func serve(_ childMain: (WorkerAssignment) -> Int32) {
        report(.ready(version: zygoteProtocolVersion))
        while flushReports() {
            var items = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: childSignals, events: Int16(POLLIN), revents: 0),
            ]
            let ready = retryingInterrupts { poll(&items, 2, queue.isEmpty ? -1 : 0) }
            guard ready >= 0 else { return }
            if items[1].revents != 0 { reap() }
            if items[0].revents != 0 {
                guard requests.fill(from: STDIN_FILENO) != .endOfStream else { return }
                requests.takeLines().forEach { perform($0) }
            }
            forkNext(childMain)
        }
    }

    private mutating func perform(_ line: Substring) {
        switch ZygoteRequest(line: line) {
        case .spawn(let first, let count, let endpoint):
            queue.append((first..<first + count, endpoint))
        case .kill(let index, let signal):
            // Only the process that reaps knows that a process id has not been given to someone else.
            if let pid = pidOfIndex[index] { kill(pid, signal) }
        case .killAll(let signal):
            for index in queue.flatMap(\.indices) {
                report(.spawnFailed(index: index, code: ECANCELED))
            }
            queue = []
            for pid in indexOfPID.keys { kill(pid, signal) }
        case nil:
            writeError("topple-worker: ignored the request \"\(line)\"")
        }
    }

    private mutating func forkNext(_ childMain: (WorkerAssignment) -> Int32) {
        for _ in 0..<Self.forksPerTurn {
            guard let (indices, endpoint) = queue.first else { return }
            guard let index = indices.first else {
                queue.removeFirst()
                continue
            }
            queue[0].indices = indices.dropFirst()
            let incarnation = incarnations[index, default: 0] + 1
            let pid = fork()
            if pid == 0 {
                let assignment = WorkerAssignment(
                    index: index, incarnation: incarnation, endpoint: endpoint)
                becomeWorker(assignment)
                let status = childMain(assignment)
                fflush(nil)
                _exit(status)
            }
            guard pid > 0 else {
                report(.spawnFailed(index: index, code: errno))
                continue
            }
            incarnations[index] = incarnation
            indexOfPID[pid] = index
            pidOfIndex[index] = pid
            report(.spawned(index: index, incarnation: incarnation, pid: pid))
        }
    }

    /// Cuts a fresh child's ties: it dies with the zygote and keeps none of its descriptors or signals.
    private func becomeWorker(_ assignment: WorkerAssignment) {
        _ = linux_set_parent_death_signal(SIGKILL)
        // A zygote that died before the line above sends no signal any more.
        if getppid() != ownPID { _exit(1) }
        _ = linux_set_process_name("topple-\(assignment.index)")
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        signal(SIGPIPE, SIG_DFL)

        let input = open("/dev/null", O_RDONLY)
        let log = open(
            workerLogPath(in: directory, index: assignment.index),
            O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
        let output = log >= 0 ? log : open("/dev/null", O_WRONLY)
        dup2(input, STDIN_FILENO)
        dup2(output, STDOUT_FILENO)
        dup2(output, STDERR_FILENO)
        close_range(3, UInt32.max, 0)
    }

    private mutating func reap() {
        var buffer = [UInt8](repeating: 0, count: 16 * 128)
        while read(childSignals, &buffer, buffer.count) > 0 {}
        var status: Int32 = 0
        while true {
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            guard let index = indexOfPID.removeValue(forKey: pid) else { continue }
            if pidOfIndex[index] == pid { pidOfIndex[index] = nil }
            report(.exited(index: index, pid: pid, status: ExitStatus(waitStatus: status)))
        }
    }

    private mutating func report(_ report: ZygoteReport) {
        reports += report.line
    }

    /// Writes what has gathered; false when nobody reads it any more.
    private mutating func flushReports() -> Bool {
        defer { reports = "" }
        return writeAll(reports, to: STDOUT_FILENO)
    }

    mutating func killAndReapAll() {
        for pid in indexOfPID.keys { kill(pid, SIGKILL) }
        while retryingInterrupts({ waitpid(-1, nil, 0) }) > 0 {}
    }
}
