package import Kernel

/// Something with a place among its like: a strict total order.
package protocol HeapElement: BitwiseCopyable, Sendable {
    func precedes(_ other: Self) -> Bool
}

/// What a ``Heap`` needs of the array that it lies in.
package protocol HeapStorage: Sendable {
    associatedtype Element: BitwiseCopyable
    init()
    var count: Int { get }
    subscript(index: Int) -> Element { get set }
    mutating func append(_ element: Element)
    mutating func popLast() -> Element?
}

extension TrivialArray: HeapStorage {
    package init() { self.init(minimumCapacity: 8) }
}

/// A 4-ary heap in an array of the owner's choice. Elements can be removed from the middle.
struct Heap<Storage: HeapStorage>: Sendable where Storage.Element: HeapElement {
    typealias Element = Storage.Element

    var storage = Storage()

    init() {}

    /// A heap of elements in any order. O(*n*).
    init(unordered elements: some Collection<Element>) {
        // A storage of its own: one that came from outside might be shared.
        for element in elements { storage.append(element) }
        guard storage.count > 1 else { return }
        for index in stride(from: (storage.count - 2) / 4, through: 0, by: -1) {
            siftDown(index, storage[index])
        }
    }

    @inline(__always)
    var count: Int { storage.count }

    /// The least element, or `nil`. O(1).
    @inline(__always)
    var first: Element? { storage.count == 0 ? nil : storage[0] }

    /// O(log *n*).
    mutating func insert(_ element: Element) {
        storage.append(element)
        siftUp(storage.count &- 1, element)
    }

    /// Removes and returns the least element, or returns `nil`. O(log *n*).
    mutating func popFirst() -> Element? { storage.count == 0 ? nil : remove(at: 0) }

    /// Removes and returns the element at an index of `storage`. O(log *n*).
    mutating func remove(at index: Int) -> Element {
        let removed = storage[index]
        if let last = storage.popLast(), index < storage.count {
            if last.precedes(removed) { siftUp(index, last) } else { siftDown(index, last) }
        }
        return removed
    }

    private mutating func siftUp(_ start: Int, _ element: Element) {
        var index = start
        while index > 0 {
            let parent = (index &- 1) >> 2
            let above = storage[parent]
            guard element.precedes(above) else { break }
            storage[index] = above
            index = parent
        }
        storage[index] = element
    }

    private mutating func siftDown(_ start: Int, _ element: Element) {
        let count = storage.count
        var index = start
        while true {
            let firstChild = index &* 4 &+ 1
            guard firstChild < count else { break }
            var least = firstChild
            var leastElement = storage[firstChild]
            for child in firstChild &+ 1..<max(min(firstChild &+ 4, count), firstChild &+ 1) {
                let candidate = storage[child]
                if candidate.precedes(leastElement) {
                    least = child
                    leastElement = candidate
                }
            }
            guard leastElement.precedes(element) else { break }
            storage[index] = leastElement
            index = least
        }
        storage[index] = element
    }
}
