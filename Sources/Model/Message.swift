package import Kernel

/// What a message between services is about.
package enum MessageKind: UInt8, Sendable {
    case request = 0
    case response = 1
}

/// How a request ended, as its answer says.
package enum Outcome: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// Served.
    case success = 0
    /// Refused at once: the queue was full.
    case rejected = 1
    /// Begun, but a service that it needed failed it.
    case failed = 2
}

/// A request or an answer on its way: 32 bytes, the same in memory and on the wire.
///
/// Which service it goes to is known from where it stands (a channel or a queue).
@frozen
package struct Message: ScheduledEvent, RawBytes, Hashable {
    /// When it arrives.
    package var instant: SimulatedInstant
    /// The call it belongs to; see ``CallIdentity``.
    package var call: UInt64
    /// The user's request that led to the call; see ``RequestIdentity``.
    package var request: UInt64
    /// Sender, kind and outcome: `service << 8 | kind << 4 | outcome`.
    package var origin: UInt32
    /// Of a request: index of the receiver's endpoint. Of an answer: 0.
    package var endpoint: UInt16
    /// Of a request: index of the sender among the receiver's callers. Of an answer: 0.
    package var route: UInt16

    @inlinable
    package init(
        instant: SimulatedInstant, call: UInt64, request: UInt64, source: ServiceID,
        kind: MessageKind, outcome: Outcome = .success, endpoint: UInt16 = 0, route: UInt16 = 0
    ) {
        self.instant = instant
        self.call = call
        self.request = request
        self.origin =
            source.rawValue << 8 | UInt32(kind.rawValue) << 4 | UInt32(outcome.rawValue)
        self.endpoint = endpoint
        self.route = route
    }

    @inlinable
    package var source: ServiceID { ServiceID(origin >> 8) }
    @inlinable
    package var isResponse: Bool { origin & 0x10 != 0 }
    /// The outcome an answer carries. Unknown bits count as failure: they cannot pass the wire's check.
    @inlinable
    package var outcome: Outcome { Outcome(rawValue: UInt8(origin & 0xF)) ?? .failed }

    /// Whether the bits for kind and outcome are those of a kind and an outcome.
    package var hasKnownKind: Bool { origin & 0xFF <= 0x1F && origin & 0xF <= 2 }

    /// Order of delivery: instant, sender, kind, outcome, call. Total: a call has one request and one
    /// answer.
    @inlinable
    package func precedes(_ other: Self) -> Bool {
        if instant != other.instant { return instant < other.instant }
        if origin != other.origin { return origin < other.origin }
        return call < other.call
    }
}

/// A message and the peer (index into the sender's peers) that it goes to.
@frozen
package struct Outgoing: BitwiseCopyable, Sendable {
    package var peer: Int32
    package var message: Message

    @inlinable
    package init(peer: Int32, message: Message) {
        self.peer = peer
        self.message = message
    }
}
