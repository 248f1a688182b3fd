package import Kernel
package import Model

/// A part of a traced request with a beginning and an end, as tracing systems show it.
package struct Span: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The whole request as its user sees it, tries by hand included: the root.
        case user
        /// A caller waits for an answer.
        case client
        /// A caller sends a request whose answer nobody waits for: it ends as it begins.
        case producer
        /// A service serves a request.
        case server
        /// A service serves a request whose answer nobody waits for.
        case consumer
    }

    /// How a span came to its end.
    package enum Ending: Sendable, Hashable {
        case answered(Outcome)
        /// Nobody waits for an answer.
        case sent
        /// Whoever waited had waited long enough.
        case timedOut
        /// Whoever waited needed the answer no longer.
        case abandoned
        /// The service was told to stop.
        case cancelled
        /// It had not ended when the run did.
        case unfinished

        /// One word for files.
        package var word: String {
            switch self {
            case .answered(let outcome): "\(outcome)"
            case .sent: "sent"
            case .timedOut: "timeout"
            case .abandoned: "abandoned"
            case .cancelled: "cancelled"
            case .unfinished: "unfinished"
            }
        }

        /// Whether something went wrong.
        package var isFailure: Bool {
            switch self {
            case .answered(let outcome): outcome != .success
            case .sent, .abandoned, .unfinished: false
            case .timedOut, .cancelled: true
            }
        }
    }

    package var id: UInt64
    /// The span around it; `nil` of the root.
    package var parent: UInt64?
    package var kind: Kind
    /// Number of the service that it belongs to; of the root: of the service that the user calls.
    package var service: Int
    /// Of the root: the user's stream.
    package var stream: Int?
    /// The replica of the service, once known.
    package var replica: Int?
    /// The service and the endpoint that are called or that serve.
    package var target: Int
    package var endpoint: Int
    /// What made the request: 0 first attempts all the way, 1...14 a retry made at that tier, 15 a hedge.
    package var cause = 0
    /// Of a client: how many attempts of the same call were sent before. Of the root: of the user.
    package var attempt = 0
    package var start: SimulatedInstant
    /// Of a server: when a thread took it up.
    package var begun: SimulatedInstant?
    package var end: SimulatedInstant
    package var ending: Ending
    /// Of the root: when the user stopped waiting and when the user tried again.
    package var notes: [Note] = []

    package struct Note: Sendable, Hashable {
        package var instant: SimulatedInstant
        package var text: String
    }

    /// `first`, `retry at tier 2`, `hedge`; a user's own retries are made at tier 1.
    package var causeWords: String {
        switch cause {
        case 0: "first"
        case 15: "hedge"
        default: "retry at tier \(cause)"
        }
    }
}

/// The spans of one request of a user, root first, every other one after its parent.
package struct Trace: Sendable, Hashable {
    /// The request's identity.
    package var request: UInt64
    package var spans: [Span]
    /// Why it was traced.
    package var reasons: [Reason] = []

    package enum Reason: String, Sendable, Hashable {
        case sampled, slowest, failed
    }

    /// The request's root call: unlike in all requests of a run.
    package var id: UInt64 { CallIdentity.root(request) }
}
