package import Kernel
import Model

/// An event in words.
package struct EventDescription: Hashable, Sendable, CustomStringConvertible {
    /// Since the start of the run, exactly.
    package var instant: SimulatedInstant
    /// Such as `request delivered`.
    package var kind: String
    /// The user's request behind the event, as `service/stream #number`; `nil` when the event does not
    /// say (the time-outs of users).
    package var request: String?
    /// The call's identity, as 16 hexadecimal digits.
    package var call: String

    /// `names` are those of the event's run.
    init(_ event: EventRecord, names: RunNames) {
        instant = event.instant
        kind = Self.words(for: event)
        call = StreamDigest(state: event.call).description
        let isUsersTimeout = event.kind == EventKind.timeout.rawValue && event.request == 0
        request = isUsersTimeout ? nil : names.request(event.request)
    }

    private static func words(for event: EventRecord) -> String {
        switch EventKind(rawValue: event.kind) {
        case .arrival: return "arrival"
        case .computeFinished: return "compute finished"
        case .requestDelivered: return "request delivered"
        case .responseDelivered:
            let outcome = Outcome(rawValue: event.detail)
            return "response delivered (\(outcome.map { "\($0)" } ?? "outcome \(event.detail)"))"
        case .timeout: return "time-out"
        case .phold: return "phold"
        case .fault:
            let words = ["fault ends", "fault begins", "look at conditions"]
            return words[min(Int(event.detail), 2)]
        case .lifeCycle: return "life cycle of a replica"
        case .waitExpired:
            let words = ["waited too long", "leaves the bucket", "waited for a row too long"]
            return words[min(Int(event.detail), 2)]
        case .cancellationDelivered: return "cancellation delivered"
        case .readinessDelivered:
            return event.detail == 1 ? "replica reported ready" : "replica reported unready"
        case .pacing: return "cores change their pace"
        case .callerAlarm: return "end of a caller's wait"
        case .replication: return "write applied"
        case .order:
            let order = ReplicaOrder.Kind(rawValue: event.detail)
            return "order for a replica (\(order.map { "\($0)" } ?? "kind \(event.detail)"))"
        case nil: return "event of kind \(event.kind)"
        }
    }

    /// `12.5 s: request delivered, request web/visitors #7, call 0123456789abcdef`.
    package var description: String {
        let ofRequest = request.map { ", request \($0)" } ?? ""
        return "\(exactSeconds(instant)) s: \(kind)\(ofRequest), call \(call)"
    }
}

/// The names of a run's services and users' streams, by their numbers.
struct RunNames {
    let services: [String]
    private var streams: [[String]]

    init(_ summary: RunSummary) {
        services = summary.services.map(\.name)
        streams = Array(repeating: [], count: services.count)
        var numbers: [String: Int] = [:]
        for (number, name) in services.enumerated() { numbers[name] = number }
        for edge in summary.users {
            // Names of services hold no dots.
            if let number = numbers[String(edge.to.prefix { $0 != "." })] {
                streams[number].append(edge.from)
            }
        }
    }

    func request(_ request: UInt64) -> String {
        let service = RequestIdentity.service(of: request).index
        let stream = RequestIdentity.stream(of: request)
        let number = RequestIdentity.number(of: request)
        guard service < services.count else { return "\(service)/\(stream) #\(number)" }
        let name = stream < streams[service].count ? streams[service][stream] : "\(stream)"
        return "\(services[service])/\(name) #\(number)"
    }
}
