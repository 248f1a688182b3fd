package import Coordination
import Kernel
import Model

/// Puts the spans of traced requests together from what happened to them at each service.
package enum TraceAssembly {
    /// The traces of a run, and of the same run made again to trace ``untracedTails(of:)``.
    ///
    /// By request, ascending. O(marks log marks).
    package static func traces(of outcome: RunOutcome, and again: RunOutcome? = nil) -> [Trace] {
        var traces = spans(of: outcome)
        for index in traces.indices { traces[index].reasons = [.sampled] }
        if let again { traces += spans(of: again) }
        var tails: [UInt64: TailSample] = [:]
        for process in outcome.processes {
            for tail in process.tails { tails[tail.request] = tail }
        }
        for index in traces.indices {
            guard let tail = tails[traces[index].request] else { continue }
            traces[index].reasons.append(tail.isFailed ? .failed : .slowest)
        }
        return traces.sorted { $0.request < $1.request }
    }

    private static func spans(of outcome: RunOutcome) -> [Trace] {
        var marks: [(service: Int, mark: TraceMark)] = []
        for (service, process) in outcome.processes.enumerated() {
            for mark in process.marks { marks.append((service, mark)) }
        }
        // Marks of one service stay in their order: that of its events.
        let order = marks.indices.sorted { first, second in
            let (a, b) = (marks[first].mark.request, marks[second].mark.request)
            return a == b ? first < second : a < b
        }
        var traces: [Trace] = []
        var builder: TraceBuilder?
        for index in order {
            let (service, mark) = marks[index]
            if builder?.request != mark.request {
                if let trace = builder?.trace() { traces.append(trace) }
                builder = TraceBuilder(request: mark.request, end: outcome.end)
            }
            builder?.add(mark, at: service)
        }
        if let trace = builder?.trace() { traces.append(trace) }
        return traces
    }

    /// The requests that the run names as the slowest and as failed ones, but did not trace. Ascending.
    package static func untracedTails(of outcome: RunOutcome) -> [UInt64] {
        let traced = Set(outcome.processes.flatMap { $0.marks.map(\.request) })
        let tails = Set(outcome.processes.flatMap { $0.tails.map(\.request) })
        return tails.subtracting(traced).sorted()
    }
}

/// The spans of one request, as far as they are known.
private struct TraceBuilder {
    let request: UInt64
    private let end: SimulatedInstant
    private var root: Span?
    /// By call: the callee's side, and the caller's.
    private var servers: [UInt64: Span] = [:]
    private var clients: [UInt64: Span] = [:]
    /// By call under a policy: who makes it, and what of.
    private var managed: [UInt64: TraceMark] = [:]

    init(request: UInt64, end: SimulatedInstant) {
        self.request = request
        self.end = end
    }

    /// Identities of the spans that stand for no call of their own.
    private var rootID: UInt64 {
        CallIdentity.child(of: CallIdentity.root(request), step: .max - 1, branch: .max - 1)
    }
    private func clientID(_ call: UInt64) -> UInt64 {
        CallIdentity.child(of: call, step: .max - 1, branch: .max)
    }

    mutating func add(_ mark: TraceMark, at service: Int) {
        switch TraceMarkKind(rawValue: mark.kind) {
        case .userSent, .userAnswered, .userGaveUp: addUser(mark, at: service)
        case .arrived:
            servers[mark.call] = Span(
                id: mark.call, parent: nil, kind: .server, service: service, target: service,
                endpoint: Int(mark.place), cause: Int(mark.detail), start: mark.instant, end: end,
                ending: .unfinished)
        case .begun:
            servers[mark.call]?.begun = mark.instant
            servers[mark.call]?.replica = Int(mark.replica)
        case .ended:
            servers[mark.call]?.end = mark.instant
            servers[mark.call]?.replica = Int(mark.replica)
            servers[mark.call]?.ending = Self.ending(mark)
        case .managed: managed[mark.call] = mark
        case .called: addClient(mark, as: mark, at: service)
        case .attempted:
            if let call = managed[mark.parent] { addClient(mark, as: call, at: service) }
        case .answered: endClient(mark, Self.ending(mark))
        case .gaveUp: endClient(mark, .timedOut)
        case .abandoned: endClient(mark, .abandoned)
        case nil: break
        }
    }

    private static func ending(_ mark: TraceMark) -> Span.Ending {
        mark.detail == TraceMark.cancelled
            ? .cancelled : .answered(Outcome(rawValue: mark.detail) ?? .failed)
    }

    private mutating func addUser(_ mark: TraceMark, at service: Int) {
        switch TraceMarkKind(rawValue: mark.kind) {
        case .userSent:
            if root == nil {
                root = Span(
                    id: rootID, parent: nil, kind: .user, service: service,
                    stream: Int(mark.peer), target: service, endpoint: 0, start: mark.instant,
                    end: end, ending: .unfinished)
            } else {
                root?.attempt = Int(mark.place)
                root?.end = end
                root?.ending = .unfinished
                root?.notes.append(Span.Note(instant: mark.instant, text: "tries again"))
            }
        case .userAnswered:
            root?.end = mark.instant
            root?.ending = Self.ending(mark)
        default:
            root?.end = mark.instant
            root?.ending = .timedOut
            root?.notes.append(Span.Note(instant: mark.instant, text: "stops waiting"))
        }
    }

    private mutating func addClient(_ mark: TraceMark, as call: TraceMark, at service: Int) {
        let isForgotten = call.detail == TraceMark.forgotten
        var span = Span(
            id: clientID(mark.call), parent: call.parent, kind: isForgotten ? .producer : .client,
            service: service, target: Int(call.peer), endpoint: Int(call.place),
            start: mark.instant, end: isForgotten ? mark.instant : end,
            ending: isForgotten ? .sent : .unfinished)
        if mark.kind == TraceMarkKind.attempted.rawValue {
            span.cause = Int(mark.detail)
            span.attempt = Int(mark.place)
        } else {
            span.cause = servers[call.parent]?.cause ?? 0
        }
        clients[mark.call] = span
    }

    private mutating func endClient(_ mark: TraceMark, _ ending: Span.Ending) {
        guard clients[mark.call]?.kind == .client else { return }
        clients[mark.call]?.end = mark.instant
        clients[mark.call]?.ending = ending
    }

    /// The whole trace; `nil` when no user's request was seen.
    func trace() -> Trace? {
        guard var root else { return nil }
        var children: [UInt64: [Span]] = [:]
        for (call, server) in servers {
            var span = server
            if let client = clients[call] {
                span.parent = client.id
                if client.kind == .producer { span.kind = .consumer }
            } else {
                span.parent = root.id
            }
            children[span.parent ?? 0, default: []].append(span)
        }
        for client in clients.values { children[client.parent ?? 0, default: []].append(client) }
        if let entry = servers[CallIdentity.root(request)] { root.endpoint = entry.endpoint }
        return Trace(request: request, spans: Self.inOrder(root, children))
    }

    /// Parents before children, siblings by when they begin.
    private static func inOrder(_ root: Span, _ children: [UInt64: [Span]]) -> [Span] {
        var spans: [Span] = []
        var open = [root]
        while let span = open.popLast() {
            spans.append(span)
            // The last to be appended is the first to be taken.
            let own = (children[span.id] ?? []).sorted {
                $0.start == $1.start ? $0.id > $1.id : $0.start > $1.start
            }
            for var child in own {
                if child.service == span.service, child.replica == nil, span.kind != .user {
                    child.replica = span.replica
                }
                open.append(child)
            }
        }
        return spans
    }
}
