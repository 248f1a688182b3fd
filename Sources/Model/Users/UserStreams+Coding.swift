package import Kernel

extension UserStreams: BinaryCodable {
    package static var leastEncodedSize: Int { 12 }

    package func encode(into writer: inout ByteWriter) {
        writer.writeAll(sources.elements)
        writer.writeAll(actions.unordered.sorted { $0.precedes($1) })
        writer.writeAll(waiting.sortedRecords)
    }

    /// Refuses actions that are out of order and calls that are not those of their requests; whether
    /// the users exist is for ``fits(_:)`` to say.
    package init(from reader: inout ByteReader) throws(ByteError) {
        sources = TrivialArray(try reader.readAll() as ContiguousArray<ArrivalSource>)
        nextSource = sources.elements.reduce(.never) { min($0, $1.next) }
        let events = try reader.readAll() as ContiguousArray<Action>
        guard zip(events, events.dropFirst()).allSatisfy({ $0.precedes($1) }),
            events.allSatisfy({ $0.intended >= .start && $0.intended <= $0.instant })
        else { throw ByteError(.invalid("user's action"), offset: reader.offset) }
        actions = EventQueue(unordered: events)
        var last: UInt64 = 0
        for record in try reader.readAll() as ContiguousArray<Waiting> {
            let call = UserProgram.call(of: record.request, attempt: record.attempt)
            guard record.key == call, call > last, record.intended >= .start,
                record.intended <= record.sent
            else { throw ByteError(.invalid("waiting user"), offset: reader.offset) }
            last = call
            waiting.insert(record)
        }
    }

    /// Whether these can be the users of `program`: each exists, and a closed population has each of
    /// its users once. To be asked of decoded users before they act. O(*n* log *n*).
    package func fits(_ program: UserProgram) -> Bool {
        guard sources.count == program.streams.count else { return false }
        var users = actions.unordered.map { User($0.request, $0.attempt) }
        users += waiting.sortedRecords.map { User($0.request, $0.attempt) }
        guard users.allSatisfy({ exists($0, program) }) else { return false }
        let requests = users.map(\.request).sorted()
        guard zip(requests, requests.dropFirst()).allSatisfy({ $0 < $1 }) else { return false }
        return program.streams.indices.allSatisfy { index in
            let stream = program.streams[index]
            let isOpen = stream.isManaged && !stream.isClosed
            return (isOpen || sources[index].next == .never)
                && (!stream.isClosed || isWhole(stream, users.filter { $0.stream == index }))
        }
    }

    private struct User {
        var request: UInt64
        var attempt: UInt16
        init(_ request: UInt64, _ attempt: UInt16) {
            self.request = request
            self.attempt = attempt
        }
        var stream: Int { RequestIdentity.stream(of: request) }
        var number: UInt64 { RequestIdentity.number(of: request) }
    }

    private func exists(_ user: User, _ program: UserProgram) -> Bool {
        guard RequestIdentity.service(of: user.request) == program.service,
            user.stream < program.streams.count
        else { return false }
        let stream = program.streams[user.stream]
        guard stream.isManaged, user.attempt <= stream.retries else { return false }
        if stream.isClosed { return true }
        let shift = stream.process == .sessions ? stream.sessionBits : 0
        return user.number >> shift < sources[user.stream].number
    }

    private func isWhole(_ stream: UserProgram.Stream, _ users: [User]) -> Bool {
        let population = users.map { $0.number % stream.population }.sorted()
        return population.elementsEqual(0..<stream.population)
    }
}

extension UserStreams.Action: BinaryCodable {
    static var leastEncodedSize: Int { 26 }

    func encode(into writer: inout ByteWriter) {
        instant.encode(into: &writer)
        intended.encode(into: &writer)
        writer.write(request)
        writer.write(attempt)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        instant = try SimulatedInstant(from: &reader)
        intended = try SimulatedInstant(from: &reader)
        request = try reader.read()
        attempt = try reader.read()
    }
}

extension UserStreams.Waiting: BinaryCodable {
    static var leastEncodedSize: Int { 34 }

    func encode(into writer: inout ByteWriter) {
        writer.write(key)
        writer.write(request)
        sent.encode(into: &writer)
        intended.encode(into: &writer)
        writer.write(attempt)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        key = try reader.read()
        request = try reader.read()
        sent = try SimulatedInstant(from: &reader)
        intended = try SimulatedInstant(from: &reader)
        attempt = try reader.read()
    }
}
