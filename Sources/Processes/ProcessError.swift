import Glibc

/// Why worker processes could not be started or talked to.
package enum ProcessError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A system call failed.
    case system(operation: String, code: Int32)
    /// There is no worker executable at `path`; `origin` tells why it was looked for there.
    case workerMissing(path: String, origin: String)
    /// The worker executable at `path` is not a file that may be executed.
    case workerNotExecutable(path: String, origin: String)
    /// The process that forks workers did not come up.
    case zygoteFailed(executable: String, reason: String, lastLines: [String])
    /// The process that forks workers is gone, so no worker can be started or killed.
    case zygoteGone
    /// The socket's path would not fit a socket address.
    case pathTooLong(path: String, limit: Int)

    /// What failed, on what, and what to do about it.
    package var description: String {
        switch self {
        case .system(let operation, let code):
            return "cannot \(operation): \(String(cString: strerror(code))) (error \(code))"
        case .workerMissing(let path, let origin):
            return """
                no worker executable at \(path) (\(origin)): build the product topple-worker, \
                or set TOPPLE_WORKER to its path
                """
        case .workerNotExecutable(let path, let origin):
            return """
                \(path) (\(origin)) is not an executable file: make it executable with chmod +x, \
                or set TOPPLE_WORKER to the worker's path
                """
        case .zygoteFailed(let executable, let reason, let lastLines):
            let lines = lastLines.joined(separator: "\n")
            let output = lines.isEmpty ? "" : "; it wrote:\n\(lines)"
            return "\(executable) did not start: \(reason)\(output)"
        case .zygoteGone:
            return "the process that starts workers is gone, and its workers with it"
        case .pathTooLong(let path, let limit):
            return """
                the socket path \(path) has \(path.utf8.count) bytes where \(limit) fit: \
                set XDG_RUNTIME_DIR to a shorter directory, or unset it
                """
        }
    }
}

extension ProcessError {
    /// The failure of the system call that this thread made last.
    static func last(_ operation: String) -> ProcessError {
        .system(operation: operation, code: errno)
    }
}
