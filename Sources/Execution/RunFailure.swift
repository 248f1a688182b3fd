package import Processes
package import ZeroMQ

/// Why a run over worker processes ended before its time.
package enum RunFailure: Error, CustomStringConvertible {
    /// What the machine lacks for so many workers.
    case limits([Shortfall])
    case process(ProcessError)
    case socket(ZMQError)
    /// A worker ended by itself; with the last lines that it wrote.
    case workerDied(name: String, status: ExitStatus, lines: [String])
    case workerNotStarted(name: String, code: Int32)
    /// A worker has not answered within the limit.
    case workerSilent(name: String, seconds: Double, lines: [String])
    /// A worker sent something impossible, or says why it cannot go on.
    case worker(name: String, problem: String, lines: [String])
    /// The process that starts the workers is gone.
    case zygoteDied(ExitStatus)
    case interrupted(SignalLatch.Request)

    package var description: String {
        switch self {
        case .limits(let shortfalls):
            return shortfalls.map(\.description).joined(separator: "\n")
        case .process(let error): return error.description
        case .socket(let error): return error.description
        case .workerDied(let name, let status, let lines):
            return "the worker of \(name) \(Self.ending(status)) before the run was over"
                + Self.quote(lines)
        case .workerNotStarted(let name, let code):
            return "the worker of \(name) could not be started (errno \(code)); "
                + "fewer workers may do: --placement N"
        case .workerSilent(let name, let seconds, let lines):
            return "the worker of \(name) has not answered for \(seconds) s; if it only needs more "
                + "time, raise --worker-timeout" + Self.quote(lines)
        case .worker(let name, let problem, let lines):
            return "the worker of \(name): \(problem)" + Self.quote(lines)
        case .zygoteDied(let status):
            return "the process that starts the workers \(Self.ending(status))"
        case .interrupted: return "interrupted"
        }
    }

    private static func ending(_ status: ExitStatus) -> String {
        switch status {
        case .exited: status.description
        case .killed: "was \(status)"
        }
    }

    private static func quote(_ lines: [String]) -> String {
        if lines.isEmpty { return "; it wrote nothing" }
        return "; its last lines:\n" + lines.map { "    \($0)" }.joined(separator: "\n")
    }
}
