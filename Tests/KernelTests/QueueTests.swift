import Kernel
import Testing

private struct Event: ScheduledEvent, Hashable {
    var instant: SimulatedInstant
    var number: UInt64

    func precedes(_ other: Event) -> Bool {
        if instant != other.instant { return instant < other.instant }
        return number < other.number
    }
}

@Suite("Event queue")
struct EventQueueTests {
    /// An event at one of few instants, so that many share one.
    private func event(_ number: UInt64, _ numbers: inout TestNumbers) -> Event {
        Event(
            instant: SimulatedInstant(nanoseconds: Int64.random(in: 0..<20, using: &numbers)),
            number: number)
    }

    @Test("Events leave in their own order, like those of a sorted array")
    func againstSortedArray() {
        for seed in UInt64(0)..<50 {
            var numbers = TestNumbers(seed: seed)
            var queue = EventQueue<Event>()
            var model: [Event] = []
            for number in UInt64(0)..<2000 {
                if numbers.uniform() < 0.55 {
                    let event = event(number, &numbers)
                    queue.insert(event)
                    let place = model.firstIndex { event.precedes($0) } ?? model.count
                    model.insert(event, at: place)
                } else if !model.isEmpty {
                    #expect(queue.removeFirst() == model.removeFirst())
                }
                #expect(queue.count == model.count && queue.isEmpty == model.isEmpty)
                #expect(queue.first == model.first)
                #expect(queue.nextInstant == model.first?.instant ?? .never)
            }
        }
    }

    @Test("The order of insertion does not matter")
    func insertionOrder() {
        var numbers = TestNumbers(seed: 3)
        let events = (UInt64(0)..<300).map { event($0, &numbers) }
        let sorted = events.sorted { $0.precedes($1) }
        for _ in 0..<20 {
            var queue = EventQueue<Event>()
            for event in events.shuffled(using: &numbers) { queue.insert(event) }
            var rebuilt = EventQueue(unordered: queue.unordered)
            #expect(events.map { _ in queue.removeFirst() } == sorted)
            #expect(events.map { _ in rebuilt.removeFirst() } == sorted)
        }
    }

    @Test("Unwanted events are dropped, and the others keep their order")
    func removal() {
        var numbers = TestNumbers(seed: 4)
        for count in [0, 1, 2, 5, 6, 100] {
            let events = (0..<UInt64(count)).map { event($0, &numbers) }
            var queue = EventQueue<Event>()
            for event in events { queue.insert(event) }
            queue.removeAll { $0.number % 3 == 0 }
            let left = events.filter { $0.number % 3 != 0 }.sorted { $0.precedes($1) }
            #expect(left.map { _ in queue.removeFirst() } == left)
            #expect(queue.isEmpty)
        }
    }

    @Test("A copy that was prepared changes alone")
    func copies() {
        var numbers = TestNumbers(seed: 5)
        var queue = EventQueue<Event>()
        for number in UInt64(0)..<50 { queue.insert(event(number, &numbers)) }
        var copy = queue
        copy.prepareForChanges()
        queue.prepareForChanges()
        let before = copy.unordered
        for _ in 0..<30 { _ = queue.removeFirst() }
        #expect(copy.unordered == before)
        for _ in 0..<50 { _ = copy.removeFirst() }
        #expect(queue.count == 20)
    }
}

@Suite("Timer queue")
struct TimerQueueTests {
    private struct Alarm: Hashable {
        var instant: SimulatedInstant
        var subject: UInt64
    }

    @Test("Alarms ring in order of instant and subject unless they were cancelled")
    func againstModel() {
        for seed in UInt64(0)..<60 {
            var numbers = TestNumbers(seed: seed)
            var timers = TimerQueue()
            var live: [(alarm: Alarm, handle: TimerQueue.Handle)] = []
            let cancelling = numbers.uniform()
            for subject in UInt64(1)..<1500 {
                let choice = numbers.uniform()
                if choice < 0.5 {
                    let alarm = Alarm(
                        instant: SimulatedInstant(
                            nanoseconds: Int64.random(in: 0..<40, using: &numbers)),
                        subject: subject)
                    let handle = timers.schedule(at: alarm.instant, subject: subject)
                    live.append((alarm, handle))
                } else if !live.isEmpty, numbers.uniform() < cancelling {
                    let index = Int.random(in: live.indices, using: &numbers)
                    timers.cancel(live.remove(at: index).handle)
                } else if let first = earliest(of: live) {
                    let alarm = timers.removeFirst()
                    #expect(Alarm(instant: alarm.instant, subject: alarm.subject) == first)
                    live.removeAll { $0.alarm == first }
                }
                #expect(timers.count == live.count)
                #expect(timers.nextInstant == earliest(of: live)?.instant ?? .never)
            }
        }
    }

    private func earliest(of live: [(alarm: Alarm, handle: TimerQueue.Handle)]) -> Alarm? {
        live.map(\.alarm).min { ($0.instant, $0.subject) < ($1.instant, $1.subject) }
    }

    /// Alarms held, cancelled ones included: each takes 20 bytes, a mark a byte, a free slot four.
    private func held(_ timers: TimerQueue) throws -> Int {
        let bytes = timers.encoded()
        return try ByteReader.read(bytes) { (reader) throws(ByteError) -> Int in
            for _ in 0..<(try reader.readCount()) { _ = try reader.readBool() }
            for _ in 0..<(try reader.readCount(ofSize: 4)) { _ = try reader.read(UInt32.self) }
            return try reader.readCount(ofSize: 20)
        }
    }

    @Test("Never more than twice the live alarms are held, and a constant")
    func memoryAfterCancelling() throws {
        var timers = TimerQueue()
        var handles: [TimerQueue.Handle] = []
        for subject in UInt64(1)...5000 {
            handles.append(
                timers.schedule(
                    at: SimulatedInstant(nanoseconds: Int64(subject)), subject: subject))
        }
        for (index, handle) in handles.enumerated().reversed() {
            timers.cancel(handle)
            #expect(timers.count == index)
            if index % 97 == 0 { #expect(try held(timers) <= 2 * index + 64) }
        }
    }

    @Test("Ringing does not leave the cancelled alarms behind it in the majority")
    func memoryAfterRinging() throws {
        var timers = TimerQueue()
        for subject in UInt64(1)...1000 {
            _ = timers.schedule(at: SimulatedInstant(nanoseconds: Int64(subject)), subject: subject)
        }
        _ = timers.schedule(at: SimulatedInstant(nanoseconds: 1001), subject: 1001)
        for subject in UInt64(2000)..<2900 {
            timers.cancel(
                timers.schedule(at: SimulatedInstant(nanoseconds: 5000), subject: subject))
        }
        while timers.count > 1 {
            _ = timers.removeFirst()
            if timers.count % 50 == 0 { #expect(try held(timers) <= 2 * timers.count + 64) }
        }
        #expect(try held(timers) <= 66)
    }

    @Test("Slots are used again: a million alarms take the place of a hundred")
    func slotsAreReused() {
        var timers = TimerQueue()
        var pending: [TimerQueue.Handle] = []
        for subject in UInt64(1)...100_000 {
            pending.append(
                timers.schedule(
                    at: SimulatedInstant(nanoseconds: Int64(subject)), subject: subject))
            if pending.count == 50 {
                for handle in pending { timers.cancel(handle) }
                pending = []
            }
        }
        #expect(timers.count == 0)
        #expect(timers.encoded().count < 3000)
    }

    @Test("What was written and read rings the same, and handles still hold")
    func coding() throws {
        var numbers = TestNumbers(seed: 8)
        var timers = TimerQueue()
        var handles: [TimerQueue.Handle] = []
        for subject in UInt64(1)...200 {
            handles.append(
                timers.schedule(
                    at: SimulatedInstant(nanoseconds: Int64.random(in: 0..<50, using: &numbers)),
                    subject: subject))
        }
        for index in stride(from: 0, to: 200, by: 5) { timers.cancel(handles[index]) }
        let bytes = timers.encoded()
        var restored = try TimerQueue(decoding: bytes)
        timers.cancel(handles[1])
        restored.cancel(handles[1])
        #expect(restored.count == timers.count)
        while timers.count > 0 {
            #expect(timers.removeFirst().subject == restored.removeFirst().subject)
        }
        for length in bytes.indices {
            #expect(throws: ByteError.self) { try TimerQueue(decoding: Array(bytes[..<length])) }
        }
    }
}
