/// A growable array whose copies share all but the pages that change.
///
/// A snapshot of a line of a hundred thousand requests must not copy them all. A copy shares the
/// pages (of some 4 kB); a change after it copies one page and the list of pages. Copies need no
/// preparation before they are changed.
struct PagedArray<Element: BitwiseCopyable & Sendable>: HeapStorage {
    /// Elements of a page, as a power of two.
    static var pageShift: Int { MemoryLayout<Element>.stride > 32 ? 6 : 8 }
    static var pageSize: Int { 1 << pageShift }

    private var pages: ContiguousArray<ContiguousArray<Element>> = []
    private(set) var count = 0

    init() {}

    init(repeating element: Element, count: Int) {
        let page = ContiguousArray(repeating: element, count: Self.pageSize)
        let last = count & (Self.pageSize - 1)
        pages = ContiguousArray(repeating: page, count: count >> Self.pageShift)
        if last > 0 { pages.append(ContiguousArray(repeating: element, count: last)) }
        self.count = count
    }

    @inline(__always)
    subscript(index: Int) -> Element {
        get { pages[index >> Self.pageShift][index & (Self.pageSize &- 1)] }
        _modify { yield &pages[index >> Self.pageShift][index & (Self.pageSize &- 1)] }
    }

    /// Amortised O(1).
    mutating func append(_ element: Element) {
        if count & (Self.pageSize &- 1) == 0 {
            var page = ContiguousArray<Element>()
            page.reserveCapacity(Self.pageSize)
            pages.append(page)
        }
        pages[pages.count &- 1].append(element)
        count &+= 1
    }

    mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        let element = pages[pages.count &- 1].removeLast()
        count &-= 1
        if count & (Self.pageSize &- 1) == 0 { pages.removeLast() }
        return element
    }

    /// Drops whole pages from the front; every index falls by `number` pages. O(pages).
    mutating func removeFirstPages(_ number: Int) {
        pages.removeFirst(number)
        count -= number << Self.pageShift
    }
}
