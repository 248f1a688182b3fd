package import Kernel

/// What a message between services is about.
package enum MessageKind: UInt8, Sendable {
    case request = 0
    case response = 1
    /// The caller no longer waits for the answer to a call.
    case cancellation = 2
    /// A service tells a caller that one of its replicas is ready, or no longer.
    case readiness = 3
}

/// How a request ended, as its answer says.
package enum Outcome: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// Served.
    case success = 0
    /// Refused at once: the queue was full.
    case rejected = 1
    /// Begun, but a service that it needed failed it.
    case failed = 2
    /// Refused at once by admission control.
    case shed = 3
    /// Dropped: it had waited too long, or its deadline had passed.
    case expired = 4
    /// No replica was ready, or the one that had it died.
    case unavailable = 5
    /// The service failed by itself.
    case error = 6
    /// Another request changed the row first.
    case conflict = 7
}

/// A request or an answer on its way: 40 bytes, the same in memory and on the wire.
///
/// Which service it goes to is known from where it stands (a channel or a queue).
@frozen
package struct Message: ScheduledEvent, RawBytes, Hashable {
    /// When it arrives.
    package var instant: SimulatedInstant
    /// The call it belongs to; see ``CallIdentity``. Of readiness: a running number.
    package var call: UInt64
    /// The user's request that led to the call; see ``RequestIdentity``.
    package var request: UInt64
    /// Replica in the low 16 bits, a span of time above; see ``replica`` and ``span``.
    package var extra: UInt64
    /// Sender, kind and detail: `service << 8 | kind << 4 | detail`. The detail of a request is its
    /// cause, that of an answer its outcome.
    package var origin: UInt32
    /// Of a request: index of the receiver's endpoint. Else 0.
    package var endpoint: UInt16
    /// Of a request or a cancellation: index of the sender among the receiver's callers. Else 0.
    package var route: UInt16

    @inlinable
    package init(
        instant: SimulatedInstant, call: UInt64, request: UInt64, source: ServiceID,
        kind: MessageKind, detail: UInt8 = 0, endpoint: UInt16 = 0, route: UInt16 = 0,
        extra: UInt64 = 0
    ) {
        self.instant = instant
        self.call = call
        self.request = request
        self.extra = extra
        self.origin = source.rawValue << 8 | UInt32(kind.rawValue) << 4 | UInt32(detail)
        self.endpoint = endpoint
        self.route = route
    }

    @inlinable
    package init(
        instant: SimulatedInstant, call: UInt64, request: UInt64, source: ServiceID,
        kind: MessageKind, outcome: Outcome, extra: UInt64 = 0
    ) {
        self.init(
            instant: instant, call: call, request: request, source: source, kind: kind,
            detail: outcome.rawValue, extra: extra)
    }

    @inlinable
    package var source: ServiceID { ServiceID(origin >> 8) }
    @inlinable
    package var kind: MessageKind {
        MessageKind(rawValue: UInt8(truncatingIfNeeded: origin >> 4 & 3)) ?? .request
    }
    @inlinable
    package var isResponse: Bool { origin & 0xF0 == 0x10 }
    @inlinable
    package var isRequest: Bool { origin & 0xF0 == 0 }
    @inlinable
    package var detail: UInt8 { UInt8(truncatingIfNeeded: origin & 0xF) }
    /// The outcome an answer carries. Unknown bits count as failure: they cannot pass the wire's check.
    @inlinable
    package var outcome: Outcome { Outcome(rawValue: detail) ?? .failed }

    /// Of a request and a cancellation: the replica it is for, plus one; 0 leaves it to the receiver's
    /// load balancer. Of an answer and readiness: the replica it is from.
    @inlinable
    package var replica: Int { Int(extra & 0xFFFF) }

    /// Of a request: how long after its arrival its deadline is, zero for none. Of an answer: the
    /// core time spent on it. Of readiness: not zero for ready. Up to 78 hours.
    @inlinable
    package var span: SimulatedDuration { SimulatedDuration(nanoseconds: Int64(extra >> 16)) }

    /// `extra` of these parts; longer spans are cut to 2⁴⁸ - 1 ns.
    @inlinable
    package static func extra(replica: Int, span: UInt64) -> UInt64 {
        UInt64(truncatingIfNeeded: replica) & 0xFFFF | min(span, 1 << 48 - 1) << 16
    }

    /// Whether the bits for kind and detail are those of a kind and a detail that it may have.
    package var hasKnownKind: Bool {
        switch origin >> 4 & 0xF {
        case 0: true
        case 1: detail < UInt8(Outcome.allCases.count)
        case 2, 3: detail == 0
        default: false
        }
    }

    /// Order of delivery: instant, sender, kind, detail, call. Total: a call has one request, one
    /// answer and one cancellation, and readiness is numbered.
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
