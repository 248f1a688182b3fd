/// A growable array of trivial values for hot paths: no bounds checks in release builds and no check
/// for sharing at each access.
///
/// A copy is one reference, as with any array of the standard library, but changing a copy needs one
/// thing more: **call ``prepareForChanges()`` on a value that may share its storage before changing
/// it.** Owners do that once before a burst of changes (a process once a window), instead of the
/// array at every access. Debug builds check the rule and the bounds at each change.
@frozen
public struct TrivialArray<Element: BitwiseCopyable>: @unchecked Sendable {
    /// One allocation for the count of references and the elements; none while there is no room for any,
    /// so that parts of the state that a model does not use cost a snapshot next to nothing.
    @usableFromInline internal typealias Storage = ManagedBuffer<Void, Element>

    @usableFromInline internal var storage: Storage?
    /// The first of `count` elements; valid until the array grows.
    @usableFromInline internal var base: UnsafeMutablePointer<Element>
    @usableFromInline internal var capacity: Int
    @usableFromInline internal var storedCount: Int

    @inlinable
    public init(minimumCapacity: Int = 0) {
        base = Self.nowhere
        capacity = 0
        storedCount = 0
        if minimumCapacity > 0 { reallocate(capacity: minimumCapacity) }
    }

    /// Where the elements are of an array without room: never read or written.
    @inlinable
    internal static var nowhere: UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer(bitPattern: MemoryLayout<Element>.alignment).unsafelyUnwrapped
            .assumingMemoryBound(to: Element.self)
    }

    @inlinable
    public init(repeating element: Element, count: Int) {
        self.init(minimumCapacity: count)
        base.initialize(repeating: element, count: count)
        storedCount = count
    }

    @inlinable
    public init(_ elements: some Collection<Element>) {
        self.init(minimumCapacity: elements.count)
        for element in elements { append(element) }
    }

    @inlinable
    public var count: Int { storedCount }
    @inlinable
    public var isEmpty: Bool { storedCount == 0 }
    @inlinable
    public var indices: Range<Int> { 0..<storedCount }

    /// The elements in place. The pointer is good until the next change of the array.
    @inlinable
    public var elements: UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: base, count: storedCount)
    }

    /// Makes this value the only owner of its storage. O(*n*) if it was shared, else O(1).
    @inlinable
    public mutating func prepareForChanges() {
        if capacity > 0, !isKnownUniquelyReferenced(&storage) { reallocate(capacity: capacity) }
    }

    @inlinable @inline(__always)
    internal mutating func checkUnshared() {
        assert(
            capacity == 0 || isKnownUniquelyReferenced(&storage),
            "changed without prepareForChanges()")
    }

    @inlinable @inline(__always)
    public subscript(index: Int) -> Element {
        get {
            assert(index >= 0 && index < storedCount, "index out of range")
            return base[index]
        }
        _modify {
            checkUnshared()
            assert(index >= 0 && index < storedCount, "index out of range")
            yield &base[index]
        }
    }

    /// The element in place, to read some of its fields without copying it.
    @inlinable @inline(__always)
    public func pointer(to index: Int) -> UnsafePointer<Element> {
        assert(index >= 0 && index < storedCount, "index out of range")
        return UnsafePointer(base + index)
    }

    @inlinable
    public var last: Element? { storedCount == 0 ? nil : base[storedCount &- 1] }

    @inlinable @inline(__always)
    public mutating func append(_ element: Element) {
        checkUnshared()
        if storedCount == capacity { reallocate(capacity: Swift.max(capacity * 2, 8)) }
        base[storedCount] = element
        storedCount &+= 1
    }

    @inlinable
    public mutating func append(contentsOf source: UnsafeBufferPointer<Element>) {
        checkUnshared()
        guard let start = source.baseAddress, source.count > 0 else { return }
        let needed = storedCount + source.count
        if needed > capacity { reallocate(capacity: Swift.max(needed, capacity * 2)) }
        (base + storedCount).update(from: start, count: source.count)
        storedCount = needed
    }

    @inlinable
    public mutating func append(contentsOf source: Self) {
        append(contentsOf: UnsafeBufferPointer(source.elements))
    }

    @inlinable
    public mutating func popLast() -> Element? {
        checkUnshared()
        if storedCount == 0 { return nil }
        storedCount &-= 1
        return base[storedCount]
    }

    /// Drops elements from the end until `count` are left.
    @inlinable
    public mutating func truncate(to count: Int) {
        checkUnshared()
        precondition(count >= 0 && count <= storedCount, "cannot truncate to more than there is")
        storedCount = count
    }

    @inlinable
    public mutating func reserveCapacity(_ needed: Int) {
        checkUnshared()
        if needed > capacity { reallocate(capacity: Swift.max(needed, capacity * 2)) }
    }

    /// Drops everything and keeps the capacity.
    @inlinable
    public mutating func removeAll() {
        checkUnshared()
        storedCount = 0
    }

    /// Drops the first `count` elements. O(*n*).
    @inlinable
    public mutating func removeFirst(_ count: Int) {
        checkUnshared()
        precondition(count >= 0 && count <= storedCount, "cannot remove more than there is")
        base.update(from: base + count, count: storedCount - count)
        storedCount -= count
    }

    @usableFromInline @inline(never)
    internal mutating func reallocate(capacity newCapacity: Int) {
        let larger = Storage.create(minimumCapacity: newCapacity) { _ in }
        let start = larger.withUnsafeMutablePointerToElements { $0 }
        start.update(from: base, count: storedCount)
        storage = larger
        base = start
        capacity = newCapacity
    }
}
