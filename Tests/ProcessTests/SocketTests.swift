import Glibc
import Testing
import ZeroMQ

@Suite("Sockets", .timeLimit(.minutes(1)))
struct SocketTests {
    @Test("A dealer's frames reach the router under its routing id, and the answer returns")
    func roundTrip() throws {
        let context = try Context()
        var router = try Socket(.router, in: context)
        try router.bind("tcp://127.0.0.1:*")
        let endpoint = try router.lastEndpoint()
        #expect(endpoint.hasPrefix("tcp://127.0.0.1:"))
        #expect(!endpoint.hasSuffix("*"))
        var options = SocketOptions()
        options.routingID = Array("seven".utf8)
        var dealer = try Socket(.dealer, options: options, in: context)
        try dealer.connect(endpoint)

        let large = [UInt8](repeating: 42, count: 3_000_000)
        try [1, 2].withUnsafeBytes { small in
            try large.withUnsafeBytes { try dealer.send(parts: [small, $0], .blocking) }
        }
        var message = Message()
        #expect(try router.receive(into: &message, .blocking))
        #expect(message.bytes() == Array("seven".utf8))
        let hasMore = message.hasMore
        #expect(hasMore)
        _ = try router.receive(into: &message, .blocking)
        #expect(message.withBytes { $0.load(as: Int.self) } == 1)
        _ = try router.receive(into: &message, .blocking)
        #expect(message.count == 3_000_000)
        let isLast = !message.hasMore
        #expect(isLast)
        #expect(message.bytes() == large)

        try router.send(Array("seven".utf8), more: true)
        try router.send(forwarding: &message)
        #expect(message.count == 0)
        #expect(try dealer.receive(into: &message, .blocking))
        #expect(message.count == 3_000_000)
    }

    @Test("Nothing to receive is an answer, not an error")
    func nothingThere() throws {
        let context = try Context()
        var router = try Socket(.router, in: context)
        try router.bind("tcp://127.0.0.1:*")
        var message = Message()
        #expect(try router.receive(into: &message) == false)
    }

    @Test("A blocking receive gives up after the socket's time-out")
    func receiveTimeout() throws {
        let context = try Context()
        var options = SocketOptions()
        options.receiveTimeout = .milliseconds(5)
        var router = try Socket(.router, options: options, in: context)
        try router.bind("tcp://127.0.0.1:*")
        var message = Message()
        #expect(try router.receive(into: &message, .blocking) == false)
    }

    @Test("Sending to a peer that is not there fails with EHOSTUNREACH")
    func unreachable() throws {
        let context = try Context()
        var router = try Socket(.router, in: context)
        try router.bind("tcp://127.0.0.1:*")
        let failure = #expect(throws: ZMQError.self) {
            try router.send(Array("nobody".utf8), more: true)
        }
        #expect(failure?.code == EHOSTUNREACH)
        #expect(failure?.isUnreachable == true)
    }

    @Test("A dealer that is not connected refuses a non-blocking send")
    func wouldBlock() throws {
        let context = try Context()
        var dealer = try Socket(.dealer, in: context)
        let failure = #expect(throws: ZMQError.self) { try dealer.send([1]) }
        #expect(failure?.isWouldBlock == true)
    }

    @Test("An error names what was tried and why it failed")
    func readableError() throws {
        let context = try Context()
        var router = try Socket(.router, in: context)
        let failure = #expect(throws: ZMQError.self) { try router.bind("ipc:///no/such/place") }
        #expect(
            failure?.description
                == "cannot bind to ipc:///no/such/place: No such file or directory (error 2)")
    }

    @Test("A poll set tells a readable socket from a readable descriptor and keeps its time-out")
    func polling() throws {
        let context = try Context()
        var router = try Socket(.router, in: context)
        try router.bind("tcp://127.0.0.1:*")
        var pipeEnds: [Int32] = [0, 0]
        #expect(pipe(&pipeEnds) == 0)
        defer { pipeEnds.forEach { close($0) } }

        var polls = PollSet()
        let socket = polls.add(router)
        let descriptor = polls.add(descriptor: pipeEnds[0])
        let start = ContinuousClock.now
        #expect(try polls.wait(timeout: .milliseconds(20)) == 0)
        #expect(ContinuousClock.now - start >= .milliseconds(19))

        #expect(write(pipeEnds[1], "x", 1) == 1)
        #expect(try polls.wait(timeout: nil) == 1)
        #expect(polls.isReadable(descriptor))
        #expect(!polls.isReadable(socket))

        var dealer = try Socket(.dealer, in: context)
        try dealer.connect(try router.lastEndpoint())
        try dealer.send([1], .blocking)
        while try polls.wait(timeout: .seconds(10)) == 1 {}
        #expect(polls.isReadable(socket))
    }

    @Test("More sockets than the context was made for are refused")
    func socketLimit() throws {
        let context = try Context(maxSockets: 2)
        let first = try Socket(.dealer, in: context)
        let second = try Socket(.dealer, in: context)
        let failure = #expect(throws: ZMQError.self) { _ = try Socket(.dealer, in: context) }
        #expect(failure?.code == EMFILE)
        withExtendedLifetime(context) {
            _ = first.kind
            _ = second.kind
        }
    }
}
