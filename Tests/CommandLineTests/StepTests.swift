import Foundation
import Glibc
import Testing
import ZeroMQ

/// The step API over its socket; what requests mean is tested without one.
@Suite("topple step", .serialized, .timeLimit(.minutes(1)))
struct StepTests {
    private static let file = Repository.topology("scaling/abcd-spike")

    /// A server, and where it listens.
    private func serve() throws -> (run: CommandRun, endpoint: String) {
        let run = try CommandRun(
            ["step", Self.file, "--bind", "tcp://127.0.0.1:*", "--duration", "50 s"])
        try run.awaitText("\n")
        let endpoint = try #require(run.output.split(whereSeparator: \.isWhitespace).last)
        return (run, String(endpoint))
    }

    private func ask(_ socket: inout Socket, _ request: String) throws -> [String: Any] {
        try socket.send([], more: true, .blocking)
        try socket.send(Array(request.utf8), .blocking)
        var frame = Message()
        repeat { _ = try socket.receive(into: &frame, .blocking) } while frame.hasMore
        let reply = try JSONSerialization.jsonObject(with: Data(frame.bytes()))
        return try #require(reply as? [String: Any])
    }

    @Test("An episode gives the digest of the same decisions in a run, and close ends the server")
    func episode() throws {
        let (run, endpoint) = try serve()
        var socket = try Socket(.dealer, in: try Context())
        try socket.connect(endpoint)
        var state = try ask(&socket, #"{"type": "reset"}"#)
        #expect(try ask(&socket, "nonsense")["type"] as? String == "error")
        while state["done"] as? Bool == false {
            state = try ask(&socket, #"{"type": "advance", "replicas": {"a": 9, "b": 8}}"#)
        }
        #expect(try ask(&socket, #"{"type": "close"}"#)["type"] as? String == "closed")
        let result = try run.wait()
        #expect((result.status, result.errors) == (0, ""))

        let policy = try StubPolicy.deciding { _ in ["a": 9, "b": 8] }
        let other = try topple(
            "run", Self.file, "--policy", policy.endpoint, "--duration", "50 s", "--json")
        let digest = try #require(state["digest"] as? String)
        #expect(other.output.contains("\"digest\" : \"\(digest)\""))
    }

    @Test("A request to stop ends the server, also while it advances", arguments: [false, true])
    func interrupted(isBusy: Bool) throws {
        let (run, endpoint) = try serve()
        var socket = try Socket(.dealer, in: try Context())
        try socket.connect(endpoint)
        _ = try ask(&socket, #"{"type": "reset", "duration": 30000000}"#)
        if isBusy {
            try socket.send([], more: true, .blocking)
            try socket.send(Array(#"{"type": "advance", "until": 30000000}"#.utf8), .blocking)
            let before = WorkerProcess.ticks(of: run.pid)
            #expect(eventually { WorkerProcess.ticks(of: run.pid) > before + 10 })
        }
        run.send(SIGTERM)
        let result = try run.wait()
        #expect(result.status == 143)
        #expect(result.errors == "interrupted\n")
    }

    @Test("What cannot be served is refused")
    func refused() throws {
        let fixed = try topple("step", Repository.topology("chain4"))
        #expect(fixed.status == 2)
        #expect(fixed.errors.contains("no service of chain4 has `scaling`"))
        #expect(try topple("step", Self.file, "--bind", "5556").status == 64)
        let (run, endpoint) = try serve()
        let second = try topple("step", Self.file, "--bind", endpoint)
        #expect(second.status == 2)
        #expect(second.errors.contains("cannot bind to \(endpoint)"))
        run.send(SIGINT)
        #expect(try run.wait().status == 130)
    }
}
