import CZeroMQ

/// How a socket behaves; the defaults suit a flow-controlled protocol with thousands of peers.
///
/// Set once when the socket is made, because most take effect only on later binds and connects.
package struct SocketOptions: Sendable {
    /// How long unsent messages outlive the socket.
    package var linger = Duration.zero
    /// Messages queued for each peer before sends are refused; 0 is unbounded, which needs a protocol with
    /// its own window, since a router at its mark drops.
    package var sendHighWaterMark = 0
    /// Messages queued from each peer before it is held back; 0 is unbounded.
    package var receiveHighWaterMark = 0
    /// How long a blocking receive waits before it gives up; `nil` is for ever.
    package var receiveTimeout: Duration? = nil
    /// Router: sending to an unknown peer fails with `EHOSTUNREACH` instead of dropping the message.
    package var isMandatory = true
    /// Queue only to completed connections, so that nothing is lost to a half-open one.
    ///
    /// A blocking send then waits for the connection; a non-blocking one fails until it is made.
    package var isImmediate = true
    /// Connections that may wait to be accepted; the kernel caps it at `net.core.somaxconn`.
    package var backlog = 4096
    /// Bytes of the largest message accepted; a peer that sends more is disconnected. `nil` is unbounded.
    package var maxMessageSize: Int? = nil
    /// Time between heartbeats, `nil` for none. Without them a stopped or unplugged peer is never noticed.
    package var heartbeatInterval: Duration? = nil
    /// Silence after a heartbeat that breaks the connection; libzmq's default is the interval.
    package var heartbeatTimeout: Duration? = nil
    /// Time a connection may take over its handshake.
    package var handshakeInterval = Duration.seconds(30)
    /// Longest pause between attempts to reconnect, reached by doubling from 100 ms; `nil` keeps 100 ms.
    package var reconnectIntervalMax: Duration? = .seconds(2)
    /// The name by which a router knows this socket: 1 to 255 bytes that do not start with zero.
    /// `nil` lets the router choose one.
    package var routingID: [UInt8]? = nil

    package init() {}
}

extension SocketOptions {
    /// Applies every option that the kind of socket knows.
    func apply(to socket: UnsafeMutableRawPointer, _ kind: Socket.Kind) throws(ZMQError) {
        func set(_ option: Int32, _ value: Int32, _ name: String) throws(ZMQError) {
            try setOption(option, of: socket, to: value, name)
        }
        try set(ZMQ_LINGER, milliseconds(linger), "linger")
        try set(ZMQ_SNDHWM, Int32(clamping: sendHighWaterMark), "send high-water mark")
        try set(ZMQ_RCVHWM, Int32(clamping: receiveHighWaterMark), "receive high-water mark")
        try set(ZMQ_BACKLOG, Int32(clamping: backlog), "backlog")
        try set(ZMQ_IMMEDIATE, isImmediate ? 1 : 0, "immediate")
        try set(ZMQ_HANDSHAKE_IVL, milliseconds(handshakeInterval), "handshake interval")
        if kind == .router {
            try set(ZMQ_ROUTER_MANDATORY, isMandatory ? 1 : 0, "mandatory routing")
        }
        if let receiveTimeout {
            try set(ZMQ_RCVTIMEO, milliseconds(receiveTimeout), "receive time-out")
        }
        if let maxMessageSize {
            try setOption(ZMQ_MAXMSGSIZE, of: socket, to: Int64(maxMessageSize), "largest message")
        }
        if let heartbeatInterval {
            try set(ZMQ_HEARTBEAT_IVL, milliseconds(heartbeatInterval), "heartbeat interval")
        }
        if let heartbeatTimeout {
            try set(ZMQ_HEARTBEAT_TIMEOUT, milliseconds(heartbeatTimeout), "heartbeat time-out")
        }
        if let reconnectIntervalMax {
            try set(ZMQ_RECONNECT_IVL_MAX, milliseconds(reconnectIntervalMax), "longest reconnect")
        }
        if let routingID {
            guard zmq_setsockopt(socket, ZMQ_ROUTING_ID, routingID, routingID.count) == 0 else {
                throw ZMQError("set the routing id of \(routingID.count) bytes")
            }
        }
    }
}

extension Socket {
    /// Changes how long unsent messages outlive the socket, for an orderly end.
    package mutating func setLinger(_ linger: Duration) throws(ZMQError) {
        try setOption(ZMQ_LINGER, of: handle, to: milliseconds(linger), "linger")
    }
}

/// Sets an option whose value is an integer of exactly the type that libzmq expects.
private func setOption(
    _ option: Int32, of socket: UnsafeMutableRawPointer, to value: some FixedWidthInteger,
    _ name: String
) throws(ZMQError) {
    let result = withUnsafeBytes(of: value) {
        zmq_setsockopt(socket, option, $0.baseAddress, $0.count)
    }
    guard result == 0 else { throw ZMQError("set \(name) to \(value)") }
}

/// Whole milliseconds, rounded up so that a positive duration never becomes zero, and capped at 24 days.
func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    guard seconds < 2_000_000 else { return 2_000_000_000 }
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
}
