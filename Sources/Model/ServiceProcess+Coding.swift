package import Kernel

// The whole state of a service as bytes, for checkpoints: what is read back goes on exactly as the
// original would have. The bytes are to be sealed: see ``SealedBytes``.
extension ServiceProcess: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.writeArray(replicas)
        for queue in admissionQueues.elements { writer.writeStates(queue.elements) }
        let (slots, freeSlots) = jobs.storage
        writer.writeStates(slots)
        writer.writeStates(freeSlots)
        writer.writeStates(completions.unordered)
        writer.writeStates(deliveries.unordered)
        timers.encode(into: &writer)
        writer.writeStates(outstanding.sortedRecords)
        writer.writeArray(streams)
        writer.writeState(nextArrival)
        writer.writeState(nextRare)
        writer.writeState(turn)
        writer.writeState(counters)
        writer.writeArray(edges)
        digest.encode(into: &writer)
        writer.write(eventCount)
        writer.writeState(nextCheckpoint)
        writer.writeState(sampled.counters)
        writer.writeArray(sampled.edges)
        writer.writeState(sampled.number)
        writer.writeOptional(calling)
        writer.writeOptional(hosting)
        writer.writeOptional(data)
        writer.writeOptional(users)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        replicas = try reader.readArray()
        var queues: [ChunkedQueue<WaitingRequest>] = []
        for _ in replicas.elements {
            var queue = ChunkedQueue<WaitingRequest>()
            for request in try reader.readStates(WaitingRequest.self) { queue.append(request) }
            queues.append(queue)
        }
        admissionQueues = FixedArray(queues)
        jobs = SlotTable(elements: try reader.readStates(), freeSlots: try reader.readStates())
        completions = EventQueue(unordered: try reader.readStates())
        deliveries = EventQueue(unordered: try reader.readStates())
        timers = try TimerQueue(from: &reader)
        for record in try reader.readStates(OutstandingCall.self) { outstanding.insert(record) }
        streams = try reader.readArray()
        nextArrival = try reader.readState()
        nextRare = try reader.readState()
        turn = try reader.readState()
        counters = try reader.readState()
        edges = try reader.readArray()
        digest = try StreamDigest(from: &reader)
        eventCount = try reader.read()
        nextCheckpoint = try reader.readState()
        sampled = SeriesBase(edges: 0)
        sampled.counters = try reader.readState()
        sampled.edges = try reader.readArray()
        sampled.number = try reader.readState()
        calling = try reader.readOptional()
        hosting = try reader.readOptional()
        data = try reader.readOptional()
        users = try reader.readOptional()
    }
}

extension ByteWriter {
    fileprivate mutating func writeOptional(_ array: FixedArray<some BinaryCodable>) {
        write(UInt8(truncatingIfNeeded: array.count))
        for element in array.elements { element.encode(into: &self) }
    }
}

extension ByteReader {
    fileprivate mutating func readOptional<Element: BinaryCodable & Sendable>()
        throws(ByteError) -> FixedArray<Element>
    {
        var elements: [Element] = []
        for _ in 0..<(try read(UInt8.self)) { elements.append(try Element(from: &self)) }
        return FixedArray(elements)
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
    package static var leastEncodedSize: Int { 40 }

    package func encode(into writer: inout ByteWriter) {
        instant.encode(into: &writer)
        writer.write(call)
        writer.write(request)
        writer.write(extra)
        writer.write(origin)
        writer.write(endpoint)
        writer.write(route)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        instant = try SimulatedInstant(from: &reader)
        call = try reader.read()
        request = try reader.read()
        extra = try reader.read()
        origin = try reader.read()
        endpoint = try reader.read()
        route = try reader.read()
    }
}
