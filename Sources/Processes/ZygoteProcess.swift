internal import CLinux
import Glibc

/// The forking process as its parent sees it.
final class ZygoteProcess {
    /// Its standard input, non-blocking.
    let requests: Int32
    /// Its standard output, non-blocking.
    let reports: Int32
    private let pid: pid_t
    private var status: ExitStatus?

    /// Starts `executable` in a process group of its own, with no signal blocked or ignored.
    ///
    /// The caller closes ``requests`` and ``reports``.
    init(executable: String, arguments: [String], errorLog: String) throws(ProcessError) {
        let requestPipe = try makeSocketPair()
        let reportPipe: (read: Int32, write: Int32)
        do {
            reportPipe = try makePipe()
        } catch {
            close(requestPipe.read)
            close(requestPipe.write)
            throw error
        }
        let code = spawnProcess(
            executable, arguments, input: requestPipe.read, output: reportPipe.write,
            errorLog: errorLog)
        close(requestPipe.read)
        close(reportPipe.write)
        guard case .success(let pid) = code else {
            close(requestPipe.write)
            close(reportPipe.read)
            guard case .failure(let error) = code else { throw .zygoteGone }
            throw error
        }
        self.pid = pid
        requests = requestPipe.write
        reports = reportPipe.read
        setNonblocking(requests)
        setNonblocking(reports)
    }

    /// Waits for the process to end, and kills it and its workers if it has not by `deadline`.
    func reap(until deadline: MonotonicInstant) -> ExitStatus {
        if let status { return status }
        var code: Int32 = 0
        var result = waitpid(pid, &code, WNOHANG)
        while result == 0, !deadline.hasPassed {
            // The pipe's end precedes the process's by microseconds, and there is nothing else to wait on.
            poll(nil, 0, 1)
            result = waitpid(pid, &code, WNOHANG)
        }
        if result == 0 {
            killGroup()
            result = retryingInterrupts { waitpid(pid, &code, 0) }
        }
        let ended = result == pid ? ExitStatus(waitStatus: code) : .exited(status: 0)
        status = ended
        return ended
    }

    /// Kills the process and every worker it has forked.
    func killGroup() {
        if status == nil { kill(-pid, SIGKILL) }
    }
}

private func spawnProcess(
    _ executable: String, _ arguments: [String], input: Int32, output: Int32, errorLog: String
) -> Result<pid_t, ProcessError> {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(
        &actions, STDERR_FILENO, errorLog, O_WRONLY | O_CREAT | O_APPEND, 0o600)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (all, none) = (sigset_t(), sigset_t())
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes,
        Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

    var strings = ([executable] + arguments).map { strdup($0) } + [nil]
    defer { strings.forEach { free($0) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, executable, &actions, &attributes, &strings, linux_environment())
    guard code == 0 else { return .failure(.system(operation: "start \(executable)", code: code)) }
    return .success(pid)
}
