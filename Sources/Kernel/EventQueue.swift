/// Something that happens at an instant and has a place among everything else that happens then.
///
/// `precedes` must be a strict total order that looks at the instant first and then only at what the
/// event *is*, never at when or where it was scheduled: two different events never compare equal.
public protocol ScheduledEvent: BitwiseCopyable, Sendable {
    var instant: SimulatedInstant { get }
    func precedes(_ other: Self) -> Bool
}

/// A priority queue of events. The order in which they leave is that of their own total order,
/// whatever the order of insertion.
///
/// A 4-ary heap in one ``TrivialArray``: a copy is one reference, and a copy is changed only after
/// ``prepareForChanges()``. Memory: *n* times the stride of `Event`.
@frozen
public struct EventQueue<Event: ScheduledEvent>: Sendable {
    @usableFromInline internal var heap = TrivialArray<Event>()

    @inlinable
    public init() {}

    /// See ``TrivialArray/prepareForChanges()``.
    @inlinable
    public mutating func prepareForChanges() { heap.prepareForChanges() }

    @inlinable
    public var count: Int { heap.count }
    @inlinable
    public var isEmpty: Bool { heap.isEmpty }

    /// The earliest event, or `nil`. O(1).
    @inlinable
    public var first: Event? { heap.isEmpty ? nil : heap[0] }

    /// The instant of the earliest event, or ``SimulatedInstant/never``. O(1).
    @inlinable @inline(__always)
    public var nextInstant: SimulatedInstant { heap.isEmpty ? .never : heap[0].instant }

    /// Adds an event. O(log *n*) comparisons, O(1) when it is later than most.
    @inlinable @inline(__always)
    public mutating func insert(_ event: Event) {
        heap.append(event)
        Self.siftUp(heap.base, heap.count &- 1, event)
    }

    /// Removes and returns the earliest event. O(log *n*) comparisons.
    ///
    /// - Precondition: the queue is not empty.
    @inlinable @inline(__always)
    public mutating func removeFirst() -> Event {
        let first = heap[0]
        guard let last = heap.popLast() else { preconditionFailure("the queue is empty") }
        let count = heap.count
        if count > 0 { Self.siftDown(heap.base, 0, count, last) }
        return first
    }

    /// Drops the events that satisfy the condition. O(*n*).
    @inlinable
    public mutating func removeAll(where isUnwanted: (Event) -> Bool) {
        var kept = 0
        for event in heap.elements where !isUnwanted(event) {
            heap[kept] = event
            kept += 1
        }
        heap.truncate(to: kept)
        restoreOrder()
    }

    /// All events in no useful order, for serialising; see ``init(unordered:)``.
    @inlinable
    public var unordered: ContiguousArray<Event> { ContiguousArray(heap.elements) }

    /// A queue of these events. O(*n*).
    @inlinable
    public init(unordered events: ContiguousArray<Event>) {
        heap = TrivialArray(events)
        restoreOrder()
    }

    @usableFromInline
    internal mutating func restoreOrder() {
        let count = heap.count
        guard count > 1 else { return }
        for index in stride(from: (count - 2) / 4, through: 0, by: -1) {
            Self.siftDown(heap.base, index, count, heap[index])
        }
    }

    @inlinable @inline(__always)
    internal static func siftUp(_ slots: UnsafeMutablePointer<Event>, _ start: Int, _ event: Event)
    {
        var index = start
        while index > 0 {
            let parent = (index &- 1) >> 2
            guard event.precedes(slots[parent]) else { break }
            slots[index] = slots[parent]
            index = parent
        }
        slots[index] = event
    }

    @inlinable @inline(__always)
    internal static func siftDown(
        _ slots: UnsafeMutablePointer<Event>, _ start: Int, _ count: Int, _ event: Event
    ) {
        var index = start
        while true {
            let firstChild = index &* 4 &+ 1
            guard firstChild < count else { break }
            let least =
                firstChild &+ 4 <= count
                ? leastOfFour(slots, firstChild) : leastOfFew(slots, firstChild, count)
            guard slots[least].precedes(event) else { break }
            slots[index] = slots[least]
            index = least
        }
        slots[index] = event
    }

    /// The earliest of four events, in two rounds of comparisons that do not wait for each other.
    @inlinable @inline(__always)
    internal static func leastOfFour(_ slots: UnsafeMutablePointer<Event>, _ first: Int) -> Int {
        let left = slots[first &+ 1].precedes(slots[first]) ? first &+ 1 : first
        let right = slots[first &+ 3].precedes(slots[first &+ 2]) ? first &+ 3 : first &+ 2
        return slots[right].precedes(slots[left]) ? right : left
    }

    @inlinable @inline(__always)
    internal static func leastOfFew(
        _ slots: UnsafeMutablePointer<Event>, _ first: Int, _ end: Int
    ) -> Int {
        var least = first
        for child in first &+ 1..<end where slots[child].precedes(slots[least]) { least = child }
        return least
    }
}
