package import ControlPlane
import Execution
import Foundation
import Kernel
package import Processes
package import Results
import Snapshots
package import ZeroMQ

/// The conversation with a policy in another process, for one run.
///
/// The policy binds a REP (or ROUTER) socket as any service does, Topple connects. Topple speaks first and every
/// message has one answer, so that simulated time stands still while the policy thinks. One thread owns
/// a session.
package final class PolicySession {
    /// Where the policy is, as the user named it.
    package let endpoint: String
    private let limit: Duration
    private let signals: SignalLatch?
    private let clock = ContinuousClock()
    private var socket: Socket
    private var name = ""
    private var count = 0
    /// Wall time that the policy has taken to answer.
    package private(set) var waited = Duration.zero

    /// Connects in the background; nothing is said yet.
    ///
    /// - Parameters:
    ///   - endpoint: such as `tcp://127.0.0.1:5555` or `ipc:///tmp/policy`.
    ///   - limit: the wall time that the policy has for each answer.
    ///   - signals: where requests to stop arrive.
    /// - Throws: ``ZMQError`` when this is no endpoint.
    package init(endpoint: String, limit: Duration, signals: SignalLatch?) throws(ZMQError) {
        self.endpoint = endpoint
        self.limit = limit
        self.signals = signals
        var options = SocketOptions()
        options.isImmediate = false
        options.maxMessageSize = PolicyProtocol.largestMessage
        socket = try Socket(.dealer, options: options, in: try Context())
        try socket.connect(endpoint)
    }

    private var who: String {
        name.isEmpty ? "the policy at \(endpoint)" : "the policy '\(name)' at \(endpoint)"
    }

    // MARK: Messages

    /// Begins a run.
    ///
    /// - Throws: ``PolicyFailure`` when nobody answers or it cannot be understood, ``RunFailure`` after a signal.
    package func greet(_ briefing: PolicyBriefing) throws {
        let when = "before the run began"
        let bytes = try exchange(briefing.hello, while: {}) {
            PolicyFailure(
                "nothing has answered at \(endpoint) within \(seconds(limit))",
                remedy: "start the policy, which binds that endpoint; or give it more time with "
                    + "--policy-timeout")
        }
        guard case .hello(let name) = try read(bytes, when) else {
            throw misunderstood(when, "answered hello with something else")
        }
        self.name = name
    }

    /// Asks for a decision.
    ///
    /// - Parameters:
    ///   - question: what there is to be seen.
    ///   - idle: called a few times a second while the policy thinks.
    /// - Returns: what can be followed.
    /// - Throws: ``PolicyFailure`` when no decision comes in time or it cannot be followed, ``RunFailure`` after
    ///   a signal, and whatever `idle` throws.
    package func decide(
        _ question: PolicyQuestion, while idle: () throws -> Void
    ) throws -> PolicyAnswer {
        count += 1
        let when = "asked at \(shown(question.now)) of simulated time"
        let bytes = try exchange(question.message(number: count), while: idle) {
            PolicyFailure(
                "\(who), \(when), has not answered within \(seconds(limit))",
                remedy: "see whether it still runs and what it does; or give it more time with "
                    + "--policy-timeout")
        }
        guard case .decision(let answer, let number) = try read(bytes, when) else {
            throw misunderstood(when, "answered an observation with something else")
        }
        if let number, number != count {
            throw misunderstood(when, "answered observation \(number), not \(count)")
        }
        do throws(PolicyError) { try question.check(answer) } catch {
            throw misunderstood(when, error.description)
        }
        return answer
    }

    /// Says what came of the run.
    ///
    /// - Returns: why the policy may not know, if so; the results do not depend on it.
    package func finish(_ summary: RunSummary) -> String? {
        let problem = "\(who) has not acknowledged the end of the run"
        do {
            _ = try exchange(summary.end, while: {}) {
                PolicyFailure(problem, remedy: "")
            }
            return nil
        } catch let failure as PolicyFailure {
            return failure.message
        } catch {
            return "\(problem): \(error)"
        }
    }

    private func read(_ bytes: [UInt8], _ when: String) throws(PolicyFailure) -> PolicyReply {
        let reply: PolicyReply
        do throws(PolicyError) { reply = try PolicyReply(Data(bytes)) } catch {
            throw misunderstood(when, error.description)
        }
        if case .failure(let message) = reply {
            throw PolicyFailure(
                "\(who), \(when), says that it cannot go on: \(message)",
                remedy: "mend the policy, or what it complains of")
        }
        return reply
    }

    private func misunderstood(_ when: String, _ problem: String) -> PolicyFailure {
        PolicyFailure(
            "\(who), \(when), \(problem)",
            remedy: "mend the policy; docs/policies.md says what it may answer")
    }

    // MARK: The socket

    /// Sends a message and waits for its answer.
    private func exchange(
        _ message: Node, while idle: () throws -> Void, orElse late: () -> PolicyFailure
    ) throws -> [UInt8] {
        let begin = clock.now
        defer { waited += clock.now - begin }
        if try receive() != nil {
            throw PolicyFailure(
                "\(who) has sent a message that nothing asked for",
                remedy: "answer each message once; docs/policies.md has the order")
        }
        // The empty frame is the envelope that REP and REQ sockets put around messages.
        try socket.send([], more: true)
        try socket.send(Array(JSONText.line(message).utf8))
        var polls = PollSet()
        _ = polls.add(socket)
        let signalEntry = signals.map { polls.add(descriptor: $0.descriptor) }
        let deadline = begin + limit
        while true {
            let left = max(deadline - clock.now, .zero)
            _ = try polls.wait(timeout: min(left, .milliseconds(200)))
            if let signalEntry, polls.isReadable(signalEntry), let request = signals?.take().first {
                throw RunFailure.interrupted(request)
            }
            if let answer = try receive() { return answer }
            try idle()
            if clock.now >= deadline { throw late() }
        }
    }

    /// The last frame of the next message, `nil` if there is none.
    private func receive() throws(ZMQError) -> [UInt8]? {
        var frame = Message()
        guard try socket.receive(into: &frame) else { return nil }
        while frame.hasMore {
            guard try socket.receive(into: &frame) else { break }
        }
        return frame.bytes()
    }
}

private func seconds(_ duration: Duration) -> String {
    let seconds = duration / .seconds(1)
    return seconds == seconds.rounded() ? "\(Int64(seconds)) s" : "\(seconds) s"
}
