package import Kernel

/// What a ``WaitingLine`` needs to know of a request that waits.
package protocol WaitingElement: BitwiseCopyable, Sendable {
    /// Not zero, and that of no other request in the line.
    var call: UInt64 { get }
    var arrived: SimulatedInstant { get }
    /// ``SimulatedInstant/never`` if it has none.
    var deadline: SimulatedInstant { get }
    /// 0 is the most important class.
    var priority: UInt8 { get }
    /// The users' stream that it belongs to, for ``QueueDiscipline/fair``.
    var stream: UInt64 { get }
}

/// The requests that wait for a thread of one replica, under any discipline, with removals.
///
/// Requests lie in the order of their arrival; disciplines that need another order keep a heap of
/// turns beside it. Equal turns go first in, first out. What is removed out of turn leaves a gap,
/// and gaps are closed when they outnumber the requests. All operations are amortised O(1), or
/// O(log *n*) under priority, deadlines and fair queueing.
///
/// Copies need no preparation before they are changed, and share all but the pages that change: a
/// snapshot of 100,000 waiting requests costs nothing, and a change after it some 20 kB.
/// Memory: the element and about 80 bytes each.
package struct WaitingLine<Element: WaitingElement>: Sendable {
    struct Place: BitwiseCopyable, Sendable {
        var element: Element
        /// What its turn depends on under disciplines with a heap; the least is first.
        var key: UInt64
        var isWaiting: Bool
    }

    struct Turn: HeapElement {
        var key: UInt64
        /// Counts insertions; the place is that less `base`.
        var sequence: Int

        @inline(__always)
        func precedes(_ other: Self) -> Bool {
            if key != other.key { return key < other.key }
            return sequence < other.sequence
        }
    }

    let order: WaitingOrder
    private(set) var places = PagedArray<Place>()
    /// Nothing waits in the places before this one, and something in it unless the line is empty.
    private(set) var start = 0
    /// The sequence number of the first place.
    private var base = 0
    /// Requests that wait.
    package private(set) var count = 0
    private var turns = Heap<PagedArray<Turn>>()
    private var calls = CallIndex()
    var fairness = FairTurns()

    package init(_ discipline: QueueDiscipline) { self.init(WaitingOrder(discipline)) }

    init(_ order: WaitingOrder) { self.order = order }

    package var isEmpty: Bool { count == 0 }

    /// Whether the line follows this discipline.
    package func fits(_ discipline: QueueDiscipline) -> Bool { order == WaitingOrder(discipline) }

    /// The request that arrived before all others, or `nil`. O(1).
    package var oldest: Element? { count == 0 ? nil : places[start].element }

    /// The request whose turn it is, or `nil`. O(1).
    package var next: Element? { nextPlace.map { places[$0].element } }

    package func contains(call: UInt64) -> Bool { calls.contains(call) }

    /// All requests in the order of their arrival. O(*n*).
    package var elements: [Element] {
        (start..<places.count).lazy.map { places[$0] }.filter(\.isWaiting).map(\.element)
    }

    /// Adds a request behind all others that arrived.
    package mutating func insert(_ element: Element) {
        var key: UInt64 = 0
        switch order.kind {
        case .fifo, .lifo, .adaptiveLIFO: break
        case .priority: key = UInt64(element.priority)
        case .earliestDeadline: key = UInt64(bitPattern: element.deadline.nanoseconds)
        case .fair: key = fairness.takeTag(of: element.stream)
        }
        insert(element, key: key)
    }

    mutating func insert(_ element: Element, key: UInt64) {
        let sequence = base &+ places.count
        places.append(Place(element: element, key: key, isWaiting: true))
        count &+= 1
        calls.insert(element.call, at: sequence)
        if order.hasTurns { turns.insert(Turn(key: key, sequence: sequence)) }
    }

    /// Removes and returns the request whose turn it is, or returns `nil`.
    package mutating func takeNext() -> Element? {
        guard let index = nextPlace else { return nil }
        let place = places[index]
        if order.kind == .fair { fairness.now = place.key }
        _ = calls.remove(place.element.call)
        take(index)
        return place.element
    }

    /// Removes and returns the request of `call`, or returns `nil` if it does not wait here.
    package mutating func remove(call: UInt64) -> Element? {
        guard let sequence = calls.remove(call) else { return nil }
        let element = places[sequence &- base].element
        take(sequence &- base)
        return element
    }

    /// Removes and returns the request that arrived before all others, or returns `nil`.
    package mutating func removeOldest() -> Element? { oldest.flatMap { remove(call: $0.call) } }

    /// Drops all requests.
    package mutating func removeAll() { self = Self(order) }

    private var nextPlace: Int? {
        guard count > 0 else { return nil }
        switch order.kind {
        case .fifo: return start
        case .lifo: return places.count &- 1
        case .adaptiveLIFO: return count >= order.threshold ? places.count &- 1 : start
        case .priority, .earliestDeadline, .fair: return turns.first.map { $0.sequence &- base }
        }
    }

    /// Makes the gap that a request leaves, whose call is no longer in the index.
    private mutating func take(_ index: Int) {
        places[index].isWaiting = false
        count &-= 1
        if count == 0 {
            // Keeps nothing but the index, which is empty: sequences may start again.
            places = PagedArray()
            turns = Heap()
            fairness = FairTurns()
            start = 0
            base = 0
            return
        }
        trim()
        if places.count &- start &- count > count &+ 64 || turns.count > 2 &* count &+ 64 {
            closeGaps()
        }
    }

    /// Drops gaps at the ends: the front, the back where it is a turn, and the top of the heap.
    private mutating func trim() {
        while !places[start].isWaiting { start &+= 1 }
        let emptyPages = start >> PagedArray<Place>.pageShift
        if emptyPages > 1 && start &* 2 > places.count {
            places.removeFirstPages(emptyPages)
            base &+= emptyPages << PagedArray<Place>.pageShift
            start &-= emptyPages << PagedArray<Place>.pageShift
        }
        if order.hasTurns {
            while let turn = turns.first, !isWaiting(turn) { _ = turns.popFirst() }
        } else {
            while !places[places.count &- 1].isWaiting { _ = places.popLast() }
        }
    }

    private func isWaiting(_ turn: Turn) -> Bool {
        turn.sequence >= base && places[turn.sequence &- base].isWaiting
    }

    private mutating func closeGaps() {
        let old = self
        places = PagedArray()
        start = 0
        base = 0
        count = 0
        calls = CallIndex()
        turns = Heap()
        for index in old.start..<old.places.count where old.places[index].isWaiting {
            insert(old.places[index].element, key: old.places[index].key)
        }
    }
}

/// A ``QueueDiscipline`` as plain numbers.
struct WaitingOrder: BitwiseCopyable, Hashable, Sendable {
    enum Kind: UInt8, BitwiseCopyable, Sendable {
        case fifo, lifo, adaptiveLIFO, priority, earliestDeadline, fair
    }

    var kind: Kind
    /// Of adaptive LIFO.
    var threshold: Int = 0

    init(_ discipline: QueueDiscipline) {
        switch discipline {
        case .fifo: kind = .fifo
        case .lifo: kind = .lifo
        case .adaptiveLIFO(let threshold):
            kind = .adaptiveLIFO
            self.threshold = threshold
        case .priority: kind = .priority
        case .earliestDeadline: kind = .earliestDeadline
        case .fair: kind = .fair
        }
    }

    /// Whether turns are kept in a heap.
    @inline(__always)
    var hasTurns: Bool { kind.rawValue >= Kind.priority.rawValue }
}

/// The tags of self-clocked fair queueing, every request costing one.
///
/// A request's tag is one more than that of its stream's last, or than that of the request that was
/// taken last if that is later; the least tag is next. Golestani, "A self-clocked fair queueing
/// scheme for broadband applications" (INFOCOM 1994).
struct FairTurns: Hashable, Sendable {
    struct Stream: BitwiseCopyable, Hashable, Sendable {
        var stream: UInt64
        var tag: UInt64
    }

    /// The tag of the request that was taken last.
    var now: UInt64 = 0
    /// The last tags by stream, in ascending order of the streams.
    var streams = ContiguousArray<Stream>()

    /// O(log streams), and O(streams) for a stream that is not noted.
    ///
    /// Streams whose last tag has passed count as if they were not noted, and are dropped in time.
    mutating func takeTag(of stream: UInt64) -> UInt64 {
        var (low, high) = (0, streams.count)
        while low < high {
            let middle = (low + high) / 2
            if streams[middle].stream < stream { low = middle + 1 } else { high = middle }
        }
        guard low < streams.count, streams[low].stream == stream else {
            streams.insert(Stream(stream: stream, tag: now &+ 1), at: low)
            if streams.count & 63 == 0 { streams.removeAll { $0.tag <= now } }
            return now &+ 1
        }
        streams[low].tag = max(streams[low].tag, now) &+ 1
        return streams[low].tag
    }
}
