import CZeroMQ
import Glibc

/// A call into libzmq that failed: what was tried, on what, and why it failed.
package struct ZMQError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, as a verb phrase: "bind to ipc:///tmp/x".
    package let operation: String
    /// The error number, from the system or from libzmq's own range.
    package let code: Int32

    package init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// The failure of the libzmq call that this thread made last.
    init(_ operation: String) {
        self.init(operation, code: zmq_errno())
    }

    /// A readable sentence with the reason and the error number.
    package var description: String {
        "cannot \(operation): \(String(cString: zmq_strerror(code))) (error \(code))"
    }

    /// True when a non-blocking call found no room or the send time-out passed.
    package var isWouldBlock: Bool { code == EAGAIN }
    /// True when a router knows no peer of that routing id.
    package var isUnreachable: Bool { code == EHOSTUNREACH }
    /// True when the context was terminated under the call.
    package var isTerminated: Bool { code == ETERM }
}
