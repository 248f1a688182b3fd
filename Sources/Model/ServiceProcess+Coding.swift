package import Kernel

// The whole state of a service as bytes, for checkpoints: what is read back goes on exactly as the
// original would have.
extension ServiceProcess: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(replicas.count))
        for replica in replicas.elements { replica.encode(into: &writer) }
        for queue in admissionQueues.elements { writer.writeAll(queue.elements) }
        let (slots, freeSlots) = jobs.storage
        writer.writeAll(slots)
        writer.writeAll(freeSlots)
        writer.writeAll(completions.unordered)
        writer.writeAll(deliveries.unordered)
        timers.encode(into: &writer)
        writer.writeAll(outstanding.sortedRecords)
        writer.writeAll(streams.elements)
        nextArrival.encode(into: &writer)
        writer.write(turn)
        counters.encode(into: &writer)
        writer.writeAll(edges.elements)
        digest.encode(into: &writer)
        writer.write(eventCount)
        nextCheckpoint.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        replicas = TrivialArray(try reader.readAll() as ContiguousArray<Replica>)
        var queues: [ChunkedQueue<WaitingRequest>] = []
        for _ in replicas.elements {
            var queue = ChunkedQueue<WaitingRequest>()
            for request in try reader.readAll() as ContiguousArray<WaitingRequest> {
                queue.append(request)
            }
            queues.append(queue)
        }
        admissionQueues = FixedArray(queues)
        jobs = SlotTable(elements: try reader.readAll(), freeSlots: try reader.readAll())
        completions = EventQueue(unordered: try reader.readAll())
        deliveries = EventQueue(unordered: try reader.readAll())
        timers = try TimerQueue(from: &reader)
        var lastKey: UInt64 = 0
        for record in try reader.readAll() as ContiguousArray<OutstandingCall> {
            guard record.key > lastKey else {
                throw ByteError(.invalid("outstanding call"), offset: reader.offset)
            }
            lastKey = record.key
            outstanding.insert(record)
        }
        streams = TrivialArray(try reader.readAll() as ContiguousArray<StreamState>)
        nextArrival = try SimulatedInstant(from: &reader)
        turn = try reader.read()
        counters = try ServiceCounters(from: &reader)
        edges = TrivialArray(try reader.readAll() as ContiguousArray<EdgeCounters>)
        digest = try StreamDigest(from: &reader)
        eventCount = try reader.read()
        nextCheckpoint = try SimulatedInstant(from: &reader)
        guard isConsistent else {
            throw ByteError(.invalid("service state"), offset: reader.offset)
        }
    }
}

extension ByteWriter {
    /// A UInt32 count and the elements one by one.
    package mutating func writeAll(_ elements: some Collection<some BinaryCodable>) {
        write(UInt32(elements.count))
        for element in elements { element.encode(into: &self) }
    }
}

extension ByteReader {
    /// What ``ByteWriter/writeAll(_:)`` wrote.
    package mutating func readAll<Element: BinaryCodable>(
        _ type: Element.Type = Element.self
    ) throws(ByteError) -> ContiguousArray<Element> {
        let count = try readCount(ofSize: Element.leastEncodedSize)
        var elements = ContiguousArray<Element>()
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try Element(from: &self)) }
        return elements
    }
}

extension Message: BinaryCodable {
    package static var leastEncodedSize: Int { 32 }

    package func encode(into writer: inout ByteWriter) {
        instant.encode(into: &writer)
        writer.write(call)
        writer.write(request)
        writer.write(origin)
        writer.write(endpoint)
        writer.write(route)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        instant = try SimulatedInstant(from: &reader)
        call = try reader.read()
        request = try reader.read()
        origin = try reader.read()
        endpoint = try reader.read()
        route = try reader.read()
    }
}

extension Job: BinaryCodable {
    static var leastEncodedSize: Int { 46 }

    func encode(into writer: inout ByteWriter) {
        writer.write(call)
        writer.write(request)
        arrived.encode(into: &writer)
        writer.write(origin)
        writer.write(step)
        writer.write(next)
        writer.write(replica)
        writer.write(awaited)
        writer.write(route)
        writer.write(outcome.rawValue)
        writer.write(hasThread)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        call = try reader.read()
        request = try reader.read()
        arrived = try SimulatedInstant(from: &reader)
        origin = try reader.read()
        step = try reader.read()
        next = try reader.read()
        replica = try reader.read()
        awaited = try reader.read()
        route = try reader.read()
        guard let outcome = Outcome(rawValue: try reader.read()) else {
            throw ByteError(.invalid("outcome"), offset: reader.offset)
        }
        self.outcome = outcome
        hasThread = try reader.readBool()
    }
}

extension WaitingRequest: BinaryCodable {
    static var leastEncodedSize: Int { 32 }

    func encode(into writer: inout ByteWriter) {
        writer.write(call)
        writer.write(request)
        arrived.encode(into: &writer)
        writer.write(origin)
        writer.write(endpoint)
        writer.write(route)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        call = try reader.read()
        request = try reader.read()
        arrived = try SimulatedInstant(from: &reader)
        origin = try reader.read()
        endpoint = try reader.read()
        route = try reader.read()
    }
}

extension JobList: BinaryCodable {
    static var leastEncodedSize: Int { 8 }

    func encode(into writer: inout ByteWriter) {
        writer.write(head)
        writer.write(tail)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        head = try reader.read()
        tail = try reader.read()
    }
}

extension Replica: BinaryCodable {
    static var leastEncodedSize: Int { 32 }

    func encode(into writer: inout ByteWriter) {
        writer.write(busyCores)
        writer.write(busyThreads)
        writer.write(requests)
        coreQueue.encode(into: &writer)
        resumeQueue.encode(into: &writer)
        writer.write(waiting)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        busyCores = try reader.read()
        busyThreads = try reader.read()
        requests = try reader.read()
        coreQueue = try JobList(from: &reader)
        resumeQueue = try JobList(from: &reader)
        waiting = try reader.read()
    }
}

extension Completion: BinaryCodable {
    static var leastEncodedSize: Int { 20 }

    func encode(into writer: inout ByteWriter) {
        instant.encode(into: &writer)
        writer.write(call)
        writer.write(job)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        instant = try SimulatedInstant(from: &reader)
        call = try reader.read()
        job = try reader.read()
    }
}

extension OutstandingCall: BinaryCodable {
    static var leastEncodedSize: Int { 29 }

    func encode(into writer: inout ByteWriter) {
        writer.write(key)
        sent.encode(into: &writer)
        writer.write(job)
        writer.write(edge)
        timer.encode(into: &writer)
        writer.write(isOptional)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        key = try reader.read()
        sent = try SimulatedInstant(from: &reader)
        job = try reader.read()
        edge = try reader.read()
        timer = try TimerQueue.Handle(from: &reader)
        isOptional = try reader.readBool()
    }
}

extension StreamState: BinaryCodable {
    static var leastEncodedSize: Int { 24 }

    func encode(into writer: inout ByteWriter) {
        next.encode(into: &writer)
        writer.write(number)
        writer.write(segment)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        next = try SimulatedInstant(from: &reader)
        number = try reader.read()
        segment = try reader.read()
    }
}
