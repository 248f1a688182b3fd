/// An array whose length never changes, for values that own storage of their own.
///
/// Shares and changes like ``TrivialArray``: a copy is one reference, and a value that may share its
/// storage is changed only after ``prepareForChanges()``. Debug builds check that, and the bounds.
@frozen
public struct FixedArray<Element: Sendable>: @unchecked Sendable {
    @usableFromInline
    internal final class Storage {
        @usableFromInline let base: UnsafeMutablePointer<Element>
        @usableFromInline let count: Int

        @usableFromInline
        init(count: Int, base: UnsafeMutablePointer<Element>) {
            self.count = count
            self.base = base
        }

        deinit {
            base.deinitialize(count: count)
            base.deallocate()
        }
    }

    @usableFromInline internal var storage: Storage
    @usableFromInline internal var base: UnsafeMutablePointer<Element>
    public let count: Int

    @inlinable
    public init(_ elements: some Collection<Element>) {
        let base = UnsafeMutablePointer<Element>.allocate(capacity: Swift.max(elements.count, 1))
        var end = base
        for element in elements {
            end.initialize(to: element)
            end += 1
        }
        self.init(storage: Storage(count: elements.count, base: base))
    }

    @usableFromInline
    internal init(storage: Storage) {
        self.storage = storage
        base = storage.base
        count = storage.count
    }

    @inlinable
    public var indices: Range<Int> { 0..<count }

    /// The elements in place. The pointer is good while this value lives unchanged.
    @inlinable
    public var elements: UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: base, count: count)
    }

    /// Makes this value the only owner of its storage. O(*n*) copies if it was shared, else O(1).
    @inlinable
    public mutating func prepareForChanges() {
        if count > 0, !isKnownUniquelyReferenced(&storage) { self = Self(elements) }
    }

    @inlinable @inline(__always)
    public subscript(index: Int) -> Element {
        _read {
            assert(index >= 0 && index < count, "index out of range")
            yield base[index]
        }
        _modify {
            assert(isKnownUniquelyReferenced(&storage), "changed without prepareForChanges()")
            assert(index >= 0 && index < count, "index out of range")
            yield &base[index]
        }
    }
}
