package import Kernel

extension WaitingOrder: BinaryCodable {
    static var leastEncodedSize: Int { 9 }

    func encode(into writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        writer.write(threshold)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        guard let kind = Kind(rawValue: try reader.read()) else {
            throw ByteError(.invalid("queue discipline"), offset: start)
        }
        self.kind = kind
        threshold = try reader.read()
    }
}

extension FairTurns.Stream: BinaryCodable {
    static var leastEncodedSize: Int { 16 }

    func encode(into writer: inout ByteWriter) {
        writer.write(stream)
        writer.write(tag)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        stream = try reader.read()
        tag = try reader.read()
    }
}

extension FairTurns: BinaryCodable {
    static var leastEncodedSize: Int { 12 }

    func encode(into writer: inout ByteWriter) {
        writer.write(now)
        writer.writeAll(streams)
    }

    /// Refuses streams that are not in order or come twice.
    init(from reader: inout ByteReader) throws(ByteError) {
        now = try reader.read()
        streams = try reader.readAll()
        guard zip(streams, streams.dropFirst()).allSatisfy({ $0.stream < $1.stream }) else {
            throw ByteError(.invalid("streams of a fair queue"), offset: reader.offset)
        }
    }
}

extension WaitingLine.Place: BinaryCodable where Element: BinaryCodable {
    static var leastEncodedSize: Int { 8 + Element.leastEncodedSize }

    func encode(into writer: inout ByteWriter) {
        writer.write(key)
        element.encode(into: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        key = try reader.read()
        element = try Element(from: &reader)
        isWaiting = true
    }
}

/// The requests in the order of their arrival, each with its turn. Gaps are left out.
extension WaitingLine: BinaryCodable where Element: BinaryCodable {
    package static var leastEncodedSize: Int { 25 }

    package func encode(into writer: inout ByteWriter) {
        order.encode(into: &writer)
        fairness.encode(into: &writer)
        writer.writeAll(
            (start..<places.count).lazy.map { places[$0] }.filter(\.isWaiting))
    }

    /// Refuses calls that are zero or wait twice.
    package init(from reader: inout ByteReader) throws(ByteError) {
        self.init(try WaitingOrder(from: &reader))
        let fairness = try FairTurns(from: &reader)
        let waiting: ContiguousArray<Place> = try reader.readAll()
        let identities = waiting.map(\.element.call).sorted()
        guard identities.first != 0,
            zip(identities, identities.dropFirst()).allSatisfy({ $0 != $1 })
        else { throw ByteError(.invalid("line of waiting requests"), offset: reader.offset) }
        for place in waiting { insert(place.element, key: place.key) }
        self.fairness = fairness
    }
}
