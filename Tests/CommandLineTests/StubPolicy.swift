import Foundation
import Glibc
import Synchronization
import ZeroMQ

/// A policy on a thread of its own, which answers as it is told.
final class StubPolicy: Sendable {
    /// What was said to a message; `nil` says nothing.
    typealias Answer = @Sendable (_ message: [String: Any]) -> String?

    /// Where it listens.
    let endpoint: String
    private let state: State

    private final class State: Sendable {
        let isStopped = Atomic(false)
        let messages = Mutex<[String]>([])
        let endpoint = Mutex<String?>(nil)
        let isListening = DispatchSemaphore(value: 0)
        let hasEnded = DispatchSemaphore(value: 0)
    }

    /// Starts to listen.
    init(_ answer: @escaping Answer) throws {
        let state = State()
        self.state = state
        let thread = Thread {
            try? StubPolicy.serve(answer, state)
            state.isListening.signal()
            state.hasEnded.signal()
        }
        thread.start()
        state.isListening.wait()
        guard let endpoint = state.endpoint.withLock({ $0 }) else {
            throw CommandError("cannot listen")
        }
        self.endpoint = endpoint
    }

    deinit {
        state.isStopped.store(true, ordering: .relaxed)
        state.hasEnded.wait()
    }

    /// The types of the messages so far.
    var messages: [String] { state.messages.withLock { $0 } }

    /// Says hello, decides by `replicas`, and acknowledges the end.
    static func deciding(
        _ replicas: @escaping @Sendable (_ services: [String: [String: Any]]) -> [String: Int]
    ) throws -> StubPolicy {
        try StubPolicy { message in
            switch message["type"] as? String {
            case "hello": return #"{"type": "hello", "protocol": 1, "name": "stub"}"#
            case "observation":
                let wanted = replicas(message["services"] as? [String: [String: Any]] ?? [:])
                let list = wanted.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
                return #"{"type": "decision", "replicas": {\#(list)}, "reason": "stub"}"#
            default: return #"{"type": "end"}"#
            }
        }
    }

    /// Says hello and answers every observation with `text`.
    static func answering(_ text: String?) throws -> StubPolicy {
        try StubPolicy { message in
            message["type"] as? String == "hello" ? #"{"type": "hello", "protocol": 1}"# : text
        }
    }

    private static func serve(_ answer: Answer, _ state: State) throws {
        var socket = try Socket(.router, in: try Context())
        try socket.bind("tcp://127.0.0.1:*")
        let endpoint = try socket.lastEndpoint()
        state.endpoint.withLock { $0 = endpoint }
        state.isListening.signal()
        var polls = PollSet()
        _ = polls.add(socket)
        var frame = Message()
        while !state.isStopped.load(ordering: .relaxed) {
            guard try polls.wait(timeout: .milliseconds(20)) > 0 else { continue }
            var frames: [[UInt8]] = []
            while try socket.receive(into: &frame) {
                frames.append(frame.bytes())
                if !frame.hasMore { break }
            }
            let text = frames.last ?? []
            let message = try? JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
            state.messages.withLock { $0.append(message?["type"] as? String ?? "?") }
            guard let reply = answer(message ?? [:]) else { continue }
            for frame in frames.dropLast() { try socket.send(frame, more: true) }
            try socket.send(Array(reply.utf8))
        }
    }
}
