import CZeroMQ
import Glibc

/// Sockets and plain file descriptors that are waited for together.
///
/// Build it once and reuse it: waiting allocates nothing. It must not outlive the sockets added to it.
package struct PollSet {
    /// Names a member of the set.
    package struct Entry: Equatable, Sendable {
        fileprivate let index: Int
    }

    private var items: [zmq_pollitem_t] = []

    package init() {}

    /// Adds a socket, to be woken when a message waits (or a send would succeed, with `forSending`).
    package mutating func add(_ socket: borrowing Socket, forSending: Bool = false) -> Entry {
        let events = Int16(forSending ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN)
        items.append(zmq_pollitem_t(socket: socket.handle, fd: -1, events: events, revents: 0))
        return Entry(index: items.count - 1)
    }

    /// Adds a file descriptor, to be woken when it can be read or its other end closed.
    package mutating func add(descriptor: Int32) -> Entry {
        let events = Int16(ZMQ_POLLIN | ZMQ_POLLERR)
        items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: events, revents: 0))
        return Entry(index: items.count - 1)
    }

    /// Waits until something is ready or `timeout` has passed; `nil` waits for ever.
    ///
    /// An interrupted wait goes on with the time that is left.
    ///
    /// - Returns: The number of entries that are ready; 0 after the time-out.
    package mutating func wait(timeout: Duration?) throws(ZMQError) -> Int {
        let deadline = timeout.map { monotonicMilliseconds() + Int64(milliseconds($0)) }
        while true {
            let remaining = deadline.map { max(0, $0 - monotonicMilliseconds()) } ?? -1
            let ready = zmq_poll(&items, Int32(items.count), Int(remaining))
            if ready >= 0 { return Int(ready) }
            guard zmq_errno() == EINTR else { throw ZMQError("wait for \(items.count) sources") }
        }
    }

    /// True when the last wait found something to read, or the end of the stream.
    package func isReadable(_ entry: Entry) -> Bool {
        Int32(items[entry.index].revents) & (ZMQ_POLLIN | ZMQ_POLLERR) != 0
    }

    /// True when the last wait found room to send.
    package func isWritable(_ entry: Entry) -> Bool {
        Int32(items[entry.index].revents) & ZMQ_POLLOUT != 0
    }
}

private func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
