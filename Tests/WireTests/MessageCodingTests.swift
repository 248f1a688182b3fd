import Kernel
import Model
import Testing
import Wire

struct MessageCodingTests {
    @Test("a hello, a grant and a reply survive coding")
    func headersSurviveCoding() throws {
        let hello = Hello(worker: 7, processID: 99)
        let grant = GrantHeader(
            isNewWindow: false, start: .start + .seconds(1), end: .start + .seconds(2), slices: 9)
        let reply = ReplyHeader(next: .never, executed: .max)
        var writer = ByteWriter()
        grant.write(into: &writer)
        let grantBytes = writer.bytes
        writer = ByteWriter()
        reply.write(into: &writer)
        let replyBytes = writer.bytes
        #expect(
            try read(hello.encoded()) { (reader) throws(ByteError) in try Hello(from: &reader) }
                == hello)
        #expect(
            try read(grantBytes) { (reader) throws(ByteError) in try GrantHeader(from: &reader) }
                == grant)
        #expect(
            try read(replyBytes) { (reader) throws(ByteError) in try ReplyHeader(from: &reader) }
                == reply)
    }

    @Test("a grant that ends before it starts, or starts before the run, is refused")
    func impossibleGrantsAreRefused() {
        for (start, end) in [(5, 4), (-1, 4), (Int64.min, .max)] as [(Int64, Int64)] {
            var writer = ByteWriter()
            GrantHeader(
                isNewWindow: true, start: SimulatedInstant(nanoseconds: start),
                end: SimulatedInstant(nanoseconds: end), slices: 0
            ).write(into: &writer)
            #expect(throws: ByteError.self) {
                try read(writer.bytes) { (reader) throws(ByteError) in
                    try GrantHeader(from: &reader)
                }
            }
        }
    }

    @Test("a change of a channel must be in order, and go on after what is kept")
    func changesAreInOrder() throws {
        let messages = (1...4).map { message(at: $0) }
        let known = TrivialArray(messages[..<2])
        try withChange(kept: 2, Array(messages[2...])) { change in
            #expect(change.canBeApplied(to: known))
            var list = known
            list.prepareForChanges()
            list.apply(change)
            #expect(Array(list.elements) == messages)
            #expect(list.count(before: SimulatedInstant(nanoseconds: 3)) == 2)
        }
        try withChange(kept: 3, Array(messages[2...])) { #expect(!$0.canBeApplied(to: known)) }
        try withChange(kept: 2, [messages[1]]) { #expect(!$0.canBeApplied(to: known)) }
        try withChange(kept: 1, []) { #expect($0.canBeApplied(to: known)) }
        for wrong in [[messages[1], messages[0]], [messages[0], messages[0]]] {
            #expect(throws: ByteError.self) { try withChange(kept: 0, wrong) { _ in } }
        }
    }

    @Test("a change that promises more messages than there are bytes is refused")
    func aChangeCannotPromiseMoreThanThereIs() {
        var writer = ByteWriter()
        for number in [0, 0, UInt32.max] as [UInt32] { writer.write(number) }
        writer.bytes += Array(repeating: 0, count: 100)
        #expect(throws: ByteError.self) {
            try ByteReader.read(writer.bytes) { (reader) throws(ByteError) in
                _ = try ChannelChange(from: &reader)
            }
        }
    }

    @Test("stamping a reply changes nothing but its compute time")
    func stampingAReply() throws {
        var writer = ByteWriter()
        ReplyHeader(next: .start, executed: 3).write(into: &writer)
        var bytes = writer.bytes
        ReplyHeader.setComputeTime(77, in: &bytes)
        let header = try read(bytes) { (reader) throws(ByteError) in
            try ReplyHeader(from: &reader)
        }
        #expect(header.computeTime == 77 && header.executed == 3 && header.next == .start)
        var other: [UInt8] = [MessageType.ready.rawValue] + Array(repeating: 0, count: 20)
        let before = other
        ReplyHeader.setComputeTime(77, in: &other)
        #expect(other == before)
    }

    private func message(at nanoseconds: Int) -> Message {
        Message(
            instant: SimulatedInstant(nanoseconds: Int64(nanoseconds)), call: 1, request: 1,
            source: ServiceID(0), kind: .request)
    }

    private func withChange(
        kept: Int, _ messages: [Message], _ body: (ChannelChange) -> Void
    ) throws {
        var writer = ByteWriter()
        messages.withUnsafeBufferPointer {
            writer.writeChange(channel: 0, kept: kept, messages: $0)
        }
        try ByteReader.read(writer.bytes) { (reader) throws(ByteError) in
            body(try ChannelChange(from: &reader))
            try reader.finish()
        }
    }

    /// Reads a message of which the type has been looked at.
    private func read<Value>(
        _ bytes: [UInt8], _ body: (inout ByteReader) throws(ByteError) -> Value
    ) throws -> Value {
        try ByteReader.read(bytes) { (reader) throws(ByteError) in
            _ = try reader.read(UInt8.self)
            let value = try body(&reader)
            try reader.finish()
            return value
        }
    }
}
