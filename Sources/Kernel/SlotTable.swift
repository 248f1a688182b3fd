/// Values addressed by small integers that are reused after removal.
///
/// One array and a free list threaded through it: insertion and removal are O(1) and touch no
/// allocator once the table has grown. A copy is one reference, and a copy is changed only after
/// ``prepareForChanges()``.
@frozen
public struct SlotTable<Element: BitwiseCopyable & Sendable>: Sendable {
    @usableFromInline internal var elements = TrivialArray<Element>()
    @usableFromInline internal var freeSlots = TrivialArray<Int32>()

    @inlinable
    public init() {}

    /// See ``TrivialArray/prepareForChanges()``.
    @inlinable
    public mutating func prepareForChanges() {
        elements.prepareForChanges()
        freeSlots.prepareForChanges()
    }

    /// Values in the table.
    @inlinable
    public var count: Int { elements.count - freeSlots.count }

    /// Puts a value into a free slot. Amortised O(1).
    ///
    /// Inlined, so that a new value is written where it stays, not put together elsewhere first.
    @inlinable @inline(__always)
    public mutating func insert(_ element: Element) -> Int32 {
        if let slot = freeSlots.popLast() {
            elements[Int(slot)] = element
            return slot
        }
        elements.append(element)
        return Int32(truncatingIfNeeded: elements.count &- 1)
    }

    /// Frees a slot. The caller forgets its number.
    @inlinable
    public mutating func remove(_ slot: Int32) { freeSlots.append(slot) }

    @inlinable @inline(__always)
    public subscript(slot: Int32) -> Element {
        get { elements[Int(slot)] }
        _modify { yield &elements[Int(slot)] }
    }

    /// The value in place; see ``TrivialArray/pointer(to:)``.
    @inlinable @inline(__always)
    public func pointer(to slot: Int32) -> UnsafePointer<Element> {
        elements.pointer(to: Int(slot))
    }

    /// The whole table as plain arrays, for serialising; see ``init(elements:freeSlots:)``.
    public var storage: (elements: ContiguousArray<Element>, freeSlots: ContiguousArray<Int32>) {
        (ContiguousArray(elements.elements), ContiguousArray(freeSlots.elements))
    }

    public init(elements: ContiguousArray<Element>, freeSlots: ContiguousArray<Int32>) {
        self.elements = TrivialArray(elements)
        self.freeSlots = TrivialArray(freeSlots)
    }
}
