import Kernel
import Model
import Testing

private struct Waiting: WaitingElement, Equatable, BinaryCodable {
    var call: UInt64
    var arrived = SimulatedInstant.start
    var deadline = SimulatedInstant.never
    var priority: UInt8 = 0
    var stream: UInt64 = 0

    init(call: UInt64) { self.call = call }

    func encode(into writer: inout ByteWriter) {
        writer.write(call)
        arrived.encode(into: &writer)
        deadline.encode(into: &writer)
        writer.write(priority)
        writer.write(stream)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        call = try reader.read()
        arrived = try SimulatedInstant(from: &reader)
        deadline = try SimulatedInstant(from: &reader)
        priority = try reader.read()
        stream = try reader.read()
    }
}

/// What a line of waiting requests does, by searching all of them each time.
private struct PlainLine {
    let discipline: QueueDiscipline
    var waiting: [(element: Waiting, tag: UInt64)] = []
    var now: UInt64 = 0
    var last: [UInt64: UInt64] = [:]

    mutating func insert(_ element: Waiting) {
        let tag = max(now, last[element.stream] ?? 0) + 1
        last[element.stream] = tag
        waiting.append((element, tag))
    }

    var nextIndex: Int? {
        func first(_ key: (Int) -> UInt64) -> Int? {
            waiting.indices.min { (key($0), $0) < (key($1), $1) }
        }
        return switch discipline {
        case .fifo: waiting.indices.first
        case .lifo: waiting.indices.last
        case .adaptiveLIFO(let threshold):
            waiting.count >= threshold ? waiting.indices.last : waiting.indices.first
        case .priority: first { UInt64(waiting[$0].element.priority) }
        case .earliestDeadline: first { UInt64(waiting[$0].element.deadline.nanoseconds) }
        case .fair: first { waiting[$0].tag }
        }
    }

    mutating func takeNext() -> Waiting? {
        guard let index = nextIndex else { return nil }
        now = waiting[index].tag
        return removeIndex(index)
    }

    mutating func remove(call: UInt64) -> Waiting? {
        waiting.firstIndex { $0.element.call == call }.map { removeIndex($0) }
    }

    mutating func removeIndex(_ index: Int) -> Waiting {
        let element = waiting.remove(at: index).element
        if waiting.isEmpty {
            now = 0
            last = [:]
        }
        return element
    }
}

@Suite("Lines of waiting requests")
struct WaitingLineTests {
    static let disciplines: [QueueDiscipline] = [
        .fifo, .lifo, .adaptiveLIFO(threshold: 20), .priority, .earliestDeadline, .fair,
    ]

    private func element(_ number: Int, _ numbers: inout RandomNumbers) -> Waiting {
        var element = Waiting(call: numbers.next() | 1)
        element.arrived = .start + .milliseconds(Int64(number))
        element.priority = .random(in: 0...3, using: &numbers)
        element.stream = .random(in: 0...200, using: &numbers)
        if numbers.isTrue(withProbability: 0.8) {
            element.deadline = .start + .milliseconds(.random(in: 0...500, using: &numbers))
        }
        return element
    }

    @Test("Every discipline does what a search of all requests would do", arguments: disciplines)
    func agreesWithSearch(discipline: QueueDiscipline) throws {
        var numbers = RandomNumbers(seed: 11)
        var line = WaitingLine<Waiting>(discipline)
        var plain = PlainLine(discipline: discipline)
        var calls: [UInt64] = []
        for step in 0..<12_000 {
            // Fills for a while, then empties, with as many removals as turns.
            let filling = step % 3_000 < 1_400
            if numbers.isTrue(withProbability: filling ? 0.7 : 0.3) {
                let element = element(step, &numbers)
                line.insert(element)
                plain.insert(element)
                calls.append(element.call)
            } else if numbers.isTrue(withProbability: 0.5) {
                #expect(line.next == plain.nextIndex.map { plain.waiting[$0].element })
                #expect(line.takeNext() == plain.takeNext())
            } else if numbers.isTrue(withProbability: 0.3) {
                let oldest = plain.waiting.first?.element
                #expect(line.removeOldest() == oldest.flatMap { plain.remove(call: $0.call) })
            } else if let call = calls.randomElement(using: &numbers) {
                let removed = plain.remove(call: call)
                #expect(line.contains(call: call) == (removed != nil))
                #expect(line.remove(call: call) == removed)
            }
            #expect(line.count == plain.waiting.count)
            #expect(line.oldest == plain.waiting.first?.element)
            if step % 500 == 0 {
                #expect(line.elements == plain.waiting.map(\.element))
                let decoded = try WaitingLine<Waiting>(decoding: line.encoded())
                #expect(decoded.encoded() == line.encoded())
                line = decoded
            }
        }
    }

    @Test("A long line under every discipline: copies stay as they were", arguments: disciplines)
    func copies(discipline: QueueDiscipline) {
        var numbers = RandomNumbers(seed: 12)
        var line = WaitingLine<Waiting>(discipline)
        for number in 0..<5_000 { line.insert(element(number, &numbers)) }
        let copy = line
        let before = line.elements
        for element in before.prefix(2_000) { #expect(line.remove(call: element.call) == element) }
        var left = 3_000
        while line.takeNext() != nil { left -= 1 }
        #expect(left == 0 && line.isEmpty)
        #expect(copy.elements == before && copy.count == 5_000)
    }

    @Test("A stream that sends a hundred times as much waits its turn")
    func fairTurns() {
        var line = WaitingLine<Waiting>(.fair)
        for call: UInt64 in 1...100 { line.insert(Waiting(call: call)) }
        for call: UInt64 in 101...105 {
            var element = Waiting(call: call)
            element.stream = 1
            line.insert(element)
        }
        let streams = (0..<12).compactMap { _ in line.takeNext()?.stream }
        #expect(streams == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0])
    }

    @Test("A line knows its own discipline")
    func discipline() {
        for discipline in Self.disciplines {
            for other in Self.disciplines {
                #expect(WaitingLine<Waiting>(discipline).fits(other) == (discipline == other))
            }
        }
        let three = WaitingLine<Waiting>(.adaptiveLIFO(threshold: 3))
        #expect(!three.fits(.adaptiveLIFO(threshold: 4)))
    }

    @Test("Hostile bytes are refused, or make a line that can be emptied", arguments: disciplines)
    func hostileBytes(discipline: QueueDiscipline) {
        var numbers = RandomNumbers(seed: 13)
        var line = WaitingLine<Waiting>(discipline)
        for number in 0..<10 { line.insert(element(number, &numbers)) }
        let bytes = line.encoded()
        for _ in 0..<2_000 {
            var changed = bytes
            changed[.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(
                in: 0...255, using: &numbers)
            guard var hostile = try? WaitingLine<Waiting>(decoding: changed) else { continue }
            hostile.insert(element(10, &numbers))
            let count = hostile.count
            var taken = 0
            while hostile.takeNext() != nil { taken += 1 }
            #expect(taken == count)
        }
        var twice = WaitingLine<Waiting>(discipline)
        twice.insert(Waiting(call: 5))
        twice.insert(Waiting(call: 5))
        let bytesOfTwice = twice.encoded()
        #expect(throws: ByteError.self) { try WaitingLine<Waiting>(decoding: bytesOfTwice) }
    }
}
