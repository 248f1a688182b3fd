import CZeroMQ
import Glibc

/// A router or dealer that one thread owns and that closes when it goes out of scope.
///
/// libzmq aborts the process when two threads touch a socket, so this type is neither copyable nor
/// Sendable: it stays where it was made. Interrupted calls are tried again.
package struct Socket: ~Copyable {
    /// What a socket does with its peers.
    package enum Kind: Sendable {
        /// Addresses each peer by the routing id in the first frame.
        case router
        /// Talks with all its peers in turn, here always exactly one.
        case dealer
    }

    /// Whether a call waits when it cannot go on at once.
    package enum Mode: Sendable {
        case nonblocking
        case blocking

        var flag: Int32 { self == .blocking ? 0 : ZMQ_DONTWAIT }
    }

    package let kind: Kind
    let handle: UnsafeMutableRawPointer
    private let context: Context

    /// Opens a socket.
    ///
    /// - Throws: ``ZMQError``, with `EMFILE` when the context's sockets or the descriptors are used up.
    package init(
        _ kind: Kind, options: SocketOptions = SocketOptions(), in context: Context
    ) throws(ZMQError) {
        let type = kind == .router ? ZMQ_ROUTER : ZMQ_DEALER
        guard let handle = zmq_socket(context.handle, type) else {
            throw ZMQError("open a \(kind) socket")
        }
        do {
            try options.apply(to: handle, kind)
        } catch {
            zmq_close(handle)
            throw error
        }
        self.kind = kind
        self.handle = handle
        self.context = context
    }

    deinit { zmq_close(handle) }

    /// Accepts connections at `endpoint`, such as "ipc:///run/x/socket" or "tcp://127.0.0.1:*".
    ///
    /// A second bind to an ipc path takes it over without an error; a path has at most 107 bytes.
    package mutating func bind(_ endpoint: String) throws(ZMQError) {
        guard zmq_bind(handle, endpoint) == 0 else { throw ZMQError("bind to \(endpoint)") }
    }

    /// Connects to `endpoint` in the background, and again whenever the connection breaks.
    package mutating func connect(_ endpoint: String) throws(ZMQError) {
        guard zmq_connect(handle, endpoint) == 0 else { throw ZMQError("connect to \(endpoint)") }
    }

    /// The endpoint bound or connected last, with the port that a wildcard became.
    package func lastEndpoint() throws(ZMQError) -> String {
        let capacity = 1024
        var size = 0
        let text: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) {
            size = capacity
            guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, $0.baseAddress, &size) == 0 else {
                return nil
            }
            let bytes = $0.prefix(max(size - 1, 0)).map(UInt8.init(bitPattern:))
            return String(decoding: bytes, as: UTF8.self)
        }
        guard let text else { throw ZMQError("read the last endpoint") }
        return text
    }

    /// Sends one frame, copied once into libzmq's memory.
    ///
    /// - Parameters:
    ///   - frame: the bytes.
    ///   - more: another frame of the same message follows.
    ///   - mode: whether to wait for room.
    /// - Throws: ``ZMQError``: see ``ZMQError/isWouldBlock`` and ``ZMQError/isUnreachable``.
    package mutating func send(
        _ frame: UnsafeRawBufferPointer, more: Bool = false, _ mode: Mode = .nonblocking
    ) throws(ZMQError) {
        let flags = mode.flag | (more ? ZMQ_SNDMORE : 0)
        while zmq_send(handle, frame.baseAddress, frame.count, flags) < 0 {
            guard zmq_errno() == EINTR else { throw ZMQError("send \(frame.count) bytes") }
        }
    }

    /// Sends the frames of one message: all of them or, when the first is refused, none.
    ///
    /// A router's first frame is the routing id of the receiver.
    package mutating func send(
        parts: [UnsafeRawBufferPointer], _ mode: Mode = .nonblocking
    ) throws(ZMQError) {
        for (position, part) in parts.enumerated() {
            try send(part, more: position + 1 < parts.count, mode)
        }
    }

    /// Sends bytes held in an array as one frame.
    package mutating func send(
        _ frame: [UInt8], more: Bool = false, _ mode: Mode = .nonblocking
    ) throws(ZMQError) {
        let flags = mode.flag | (more ? ZMQ_SNDMORE : 0)
        while zmq_send(handle, frame, frame.count, flags) < 0 {
            guard zmq_errno() == EINTR else { throw ZMQError("send \(frame.count) bytes") }
        }
    }

    /// Passes a received frame on without copying it; `frame` is empty afterwards.
    package mutating func send(
        forwarding frame: inout Message, more: Bool = false, _ mode: Mode = .nonblocking
    ) throws(ZMQError) {
        let flags = mode.flag | (more ? ZMQ_SNDMORE : 0)
        while zmq_msg_send(frame.handle, handle, flags) < 0 {
            guard zmq_errno() == EINTR else { throw ZMQError("forward \(frame.count) bytes") }
        }
    }

    /// Receives the next frame into `message`, whose former content is freed.
    ///
    /// - Returns: False when nothing is there and `mode` is non-blocking, or nothing comes within
    ///   ``SocketOptions/receiveTimeout``.
    package mutating func receive(
        into message: inout Message, _ mode: Mode = .nonblocking
    ) throws(ZMQError) -> Bool {
        while zmq_msg_recv(message.handle, handle, mode.flag) < 0 {
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return false
            default: throw ZMQError("receive a message")
            }
        }
        return true
    }
}
