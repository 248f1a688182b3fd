package import Kernel

/// What a mark of a traced request says. Raw values are part of the wire protocol: never reuse one.
package enum TraceMarkKind: UInt8, Sendable, CaseIterable {
    /// A user sends a request, or tries one again by hand.
    case userSent = 1
    /// A user takes an answer.
    case userAnswered = 2
    /// A user stops waiting for an answer.
    case userGaveUp = 3
    /// A request reaches a service.
    case arrived = 4
    /// A replica begins to serve it: it has a thread.
    case begun = 5
    /// The service has answered it, or stopped serving it.
    case ended = 6
    /// A service makes a call that has one attempt.
    case called = 7
    /// A service makes a call under a policy, which may have any number of attempts.
    case managed = 8
    /// A request of such a call is sent.
    case attempted = 9
    /// The caller takes an answer.
    case answered = 10
    /// The caller stops waiting for an answer: its time-out rings.
    case gaveUp = 11
    /// The caller stops waiting for an answer: it needs it no longer.
    case abandoned = 12
}

/// Something that happened to a traced request at one service: what spans are put together from.
///
/// Marks are results like latency samples: those of events that are taken back are taken back with
/// them. 48 bytes.
@frozen
package struct TraceMark: BitwiseCopyable, Sendable, Hashable, RawBytes {
    package var instant: SimulatedInstant
    /// The call, or the attempt of it, that the mark is about.
    package var call: UInt64
    /// The user's request.
    package var request: UInt64
    /// Of a call: the call that its maker is serving. Of an attempt: the call it belongs to.
    package var parent: UInt64 = 0
    /// Position of the process among those of its partition; 0 in results.
    package var process: UInt32
    /// Of a call: the service called. Of what a user does: the stream.
    package var peer: UInt32 = 0
    /// Of `begun` and `ended`: the replica. Of an attempt: that it is sent to, plus one, or 0.
    package var replica: UInt16 = 0
    /// Of `arrived`, `called` and `managed`: the endpoint. Of an attempt: its number, from 0.
    package var place: UInt16 = 0
    /// A ``TraceMarkKind``.
    package var kind: UInt8
    /// Of an answer and an end: its ``Outcome``, or ``cancelled``. Of `arrived` and an attempt: its
    /// cause. Of `called` and `managed`: ``forgotten`` if nobody waits for the answer, else 0.
    package var detail: UInt8 = 0
    private var reserved: UInt16 = 0

    /// The detail of an `ended` that nobody is told of, since nobody waits any longer.
    package static var cancelled: UInt8 { 0xFF }
    /// The detail of a call whose answer nobody waits for.
    package static var forgotten: UInt8 { 1 }

    package init(
        _ kind: TraceMarkKind, at instant: SimulatedInstant, call: UInt64, request: UInt64,
        process: UInt32, detail: UInt8 = 0
    ) {
        self.instant = instant
        self.call = call
        self.request = request
        self.process = process
        self.kind = kind.rawValue
        self.detail = detail
    }

    /// Whether the mark is of a kind that there is.
    package var isKnown: Bool { TraceMarkKind(rawValue: kind) != nil }
}
