/// A first-in-first-out queue whose copies share all but the chunks that change.
///
/// A snapshot of a queue with a hundred thousand waiting requests must not copy them all: the
/// elements lie in chunks of 128, a copy shares the chunks, and a change after it copies one chunk
/// and the list of chunks. All operations are amortised O(1).
@frozen
public struct ChunkedQueue<Element: BitwiseCopyable & Sendable>: Sendable {
    @usableFromInline internal static var chunkSize: Int { 128 }

    @usableFromInline internal var chunks: ContiguousArray<ContiguousArray<Element>>
    /// Chunks before this one have been emptied and await removal.
    @usableFromInline internal var headChunk: Int
    @usableFromInline internal var headOffset: Int
    public var count: Int { storedCount }
    @usableFromInline internal var storedCount: Int

    @inlinable
    public init() {
        chunks = []
        headChunk = 0
        headOffset = 0
        storedCount = 0
    }

    @inlinable
    public var isEmpty: Bool { storedCount == 0 }

    @inlinable
    public mutating func append(_ element: Element) {
        if chunks.isEmpty || chunks[chunks.count - 1].count == Self.chunkSize {
            var chunk = ContiguousArray<Element>()
            chunk.reserveCapacity(Self.chunkSize)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(element)
        storedCount += 1
    }

    /// The element that has waited longest, or `nil`.
    @inlinable
    public var first: Element? {
        storedCount == 0 ? nil : chunks[headChunk][headOffset]
    }

    /// Removes and returns the element that has waited longest.
    ///
    /// - Precondition: the queue is not empty.
    @inlinable
    public mutating func removeFirst() -> Element {
        precondition(storedCount > 0, "the queue is empty")
        let element = chunks[headChunk][headOffset]
        headOffset += 1
        storedCount -= 1
        if storedCount == 0 {
            // Keep one chunk, so that a queue that fills and empties does not allocate each time.
            if chunks.count > 1 { chunks.removeFirst(chunks.count - 1) }
            chunks[0].removeAll(keepingCapacity: true)
            headChunk = 0
            headOffset = 0
        } else if headOffset == Self.chunkSize {
            headChunk += 1
            headOffset = 0
            if headChunk * 2 > chunks.count {
                chunks.removeFirst(headChunk)
                headChunk = 0
            }
        }
        return element
    }

    /// The elements from the front to the back, for serialising.
    @inlinable
    public var elements: [Element] {
        var result: [Element] = []
        result.reserveCapacity(storedCount)
        var offset = headOffset
        for chunk in chunks[headChunk...] {
            result.append(contentsOf: chunk[offset...])
            offset = 0
        }
        return result
    }
}
