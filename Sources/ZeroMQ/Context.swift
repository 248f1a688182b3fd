import CZeroMQ
import Glibc
import Synchronization

/// Owns libzmq's I/O threads and the sockets' shared state.
///
/// A context is safe to share between threads; a ``Socket`` is not. Sockets keep their context alive, so the
/// last of them to go terminates it. Never use a context in a forked child: make it after the fork.
package final class Context: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer
    private let isTerminated = Atomic(false)

    /// Makes a context; its threads start with the first socket.
    ///
    /// - Parameters:
    ///   - ioThreads: threads that move bytes; one carries about a gigabyte a second.
    ///   - maxSockets: sockets that may exist at once (not peers), at most 65,535.
    /// - Throws: ``ZMQError`` when memory, descriptors or an option is refused.
    package init(ioThreads: Int = 1, maxSockets: Int = 1023) throws(ZMQError) {
        guard let handle = zmq_ctx_new() else { throw ZMQError("make a ZeroMQ context") }
        self.handle = handle
        try set(ZMQ_IO_THREADS, to: ioThreads, "set I/O threads to \(ioThreads)")
        try set(ZMQ_MAX_SOCKETS, to: maxSockets, "set the number of sockets to \(maxSockets)")
        // Sockets are born with linger 0 instead of "for ever": an exit never hangs on unsent data.
        try set(ZMQ_BLOCKY, to: 0, "turn off waiting at exit")
    }

    private func set(_ option: Int32, to value: Int, _ operation: String) throws(ZMQError) {
        guard zmq_ctx_set(handle, option, Int32(clamping: value)) == 0 else {
            throw ZMQError(operation)
        }
    }

    /// Stops the I/O threads and frees the context; later calls do nothing.
    ///
    /// Waits until every socket is closed and lingering messages are sent, so close the sockets first.
    package func terminate() {
        guard !isTerminated.exchange(true, ordering: .acquiringAndReleasing) else { return }
        while zmq_ctx_term(handle) != 0, zmq_errno() == EINTR {}
    }

    deinit { terminate() }
}

/// The version of the libzmq in use, such as "4.3.4".
package func zeroMQVersion() -> String {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    zmq_version(&major, &minor, &patch)
    return "\(major).\(minor).\(patch)"
}
