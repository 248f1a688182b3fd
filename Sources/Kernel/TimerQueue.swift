/// Alarms that are usually cancelled before they ring, such as time-outs.
///
/// Cancelling marks the alarm in O(1); marked alarms are dropped when they reach the front, or all at
/// once when they outnumber the live ones. So the queue never holds more than twice the live alarms
/// (plus a constant), and a schedule-and-cancel pair costs amortised O(1) when deadlines are roughly
/// in order. Alarms ring in the order (instant, `subject`).
@frozen
public struct TimerQueue: Sendable {
    /// Names one scheduled alarm until it rings or is cancelled.
    @frozen
    public struct Handle: Hashable, Sendable, BitwiseCopyable {
        @usableFromInline internal let slot: UInt32
        @inlinable
        internal init(slot: UInt32) { self.slot = slot }
        /// A handle that names nothing.
        @inlinable
        public static var none: Self { Self(slot: .max) }
    }

    /// An alarm that has rung.
    @frozen
    public struct Alarm: ScheduledEvent {
        public let instant: SimulatedInstant
        /// What the alarm is about; unique among alarms of one instant.
        public let subject: UInt64
        @usableFromInline internal let slot: UInt32

        @inlinable
        internal init(instant: SimulatedInstant, subject: UInt64, slot: UInt32) {
            self.instant = instant
            self.subject = subject
            self.slot = slot
        }

        @inlinable
        public func precedes(_ other: Self) -> Bool {
            if instant != other.instant { return instant < other.instant }
            return subject < other.subject
        }
    }

    @usableFromInline internal var queue = EventQueue<Alarm>()
    /// By slot: whether the alarm that owns it was cancelled.
    @usableFromInline internal var isCancelled = TrivialArray<Bool>()
    @usableFromInline internal var freeSlots = TrivialArray<UInt32>()
    @usableFromInline internal var cancelledCount = 0

    @inlinable
    public init() {}

    /// See ``TrivialArray/prepareForChanges()``.
    @inlinable
    public mutating func prepareForChanges() {
        queue.prepareForChanges()
        isCancelled.prepareForChanges()
        freeSlots.prepareForChanges()
    }

    /// Alarms that will still ring.
    @inlinable
    public var count: Int { queue.count - cancelledCount }

    /// When the next alarm rings, or ``SimulatedInstant/never``. O(1).
    ///
    /// The front of the queue is never a cancelled alarm.
    @inlinable
    public var nextInstant: SimulatedInstant { queue.nextInstant }

    /// Adds an alarm. O(log *n*), O(1) when it is later than most.
    @inlinable
    public mutating func schedule(at instant: SimulatedInstant, subject: UInt64) -> Handle {
        let slot: UInt32
        if let free = freeSlots.popLast() {
            slot = free
            isCancelled[Int(slot)] = false
        } else {
            slot = UInt32(isCancelled.count)
            isCancelled.append(false)
        }
        queue.insert(Alarm(instant: instant, subject: subject, slot: slot))
        return Handle(slot: slot)
    }

    /// Makes an alarm that has not rung never ring. Amortised O(1).
    @inlinable
    public mutating func cancel(_ handle: Handle) {
        isCancelled[Int(handle.slot)] = true
        cancelledCount += 1
        dropCancelled()
    }

    /// Removes and returns the next alarm. O(log *n*).
    ///
    /// - Precondition: ``count`` > 0.
    @inlinable
    public mutating func removeFirst() -> Alarm {
        let alarm = queue.removeFirst()
        freeSlots.append(alarm.slot)
        dropCancelled()
        return alarm
    }

    /// Drops all cancelled alarms if they are in the majority, or else those at the front.
    @inlinable
    internal mutating func dropCancelled() {
        if cancelledCount > 32 && cancelledCount * 2 > queue.count {
            dropAllCancelled()
            return
        }
        while let first = queue.first, isCancelled[Int(first.slot)] {
            _ = queue.removeFirst()
            freeSlots.append(first.slot)
            cancelledCount -= 1
        }
    }

    /// The alarms that will still ring, in no useful order. O(*n*).
    public var scheduled: [(alarm: Alarm, handle: Handle)] {
        queue.unordered.filter { !isCancelled[Int($0.slot)] }.map { ($0, Handle(slot: $0.slot)) }
    }

    @usableFromInline
    internal mutating func dropAllCancelled() {
        for alarm in queue.unordered where isCancelled[Int(alarm.slot)] {
            freeSlots.append(alarm.slot)
        }
        let marks = isCancelled.elements
        queue.removeAll { marks[Int($0.slot)] }
        cancelledCount = 0
    }
}

extension TimerQueue.Handle: BinaryCodable {
    public static var leastEncodedSize: Int { 4 }
    public func encode(into writer: inout ByteWriter) { writer.write(slot) }
    public init(from reader: inout ByteReader) throws(ByteError) { slot = try reader.read() }
}

extension TimerQueue: BinaryCodable {
    public static var leastEncodedSize: Int { 12 }

    public func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(isCancelled.count))
        for mark in isCancelled.elements { writer.write(mark) }
        writer.write(UInt32(freeSlots.count))
        for slot in freeSlots.elements { writer.write(slot) }
        writer.write(UInt32(queue.count))
        for alarm in queue.unordered {
            alarm.instant.encode(into: &writer)
            writer.write(alarm.subject)
            writer.write(alarm.slot)
        }
    }

    public init(from reader: inout ByteReader) throws(ByteError) {
        for _ in 0..<(try reader.readCount()) { isCancelled.append(try reader.readBool()) }
        for _ in 0..<(try reader.readCount(ofSize: 4)) { freeSlots.append(try reader.read()) }
        var alarms = ContiguousArray<Alarm>()
        for _ in 0..<(try reader.readCount(ofSize: 20)) {
            alarms.append(
                Alarm(
                    instant: try SimulatedInstant(from: &reader), subject: try reader.read(),
                    slot: try reader.read()))
        }
        // Every slot is free or owned by one alarm.
        let slots = (alarms.map(\.slot) + freeSlots.elements).sorted()
        guard slots.elementsEqual(0..<UInt32(isCancelled.count)) else {
            throw ByteError(.invalid("timer slot"), offset: reader.offset)
        }
        queue = EventQueue(unordered: alarms)
        cancelledCount = alarms.count { isCancelled[Int($0.slot)] }
        dropCancelled()
    }
}
